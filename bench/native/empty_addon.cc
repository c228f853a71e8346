// The limit of the `boundary` bench: an addon whose functions do nothing, bound exactly as tcx's are.
#define NAPI_VERSION 9
#include <node_api.h>

namespace {

napi_value empty(napi_env, napi_callback_info) { return nullptr; }

napi_value add(napi_env env, napi_callback_info info) {
  napi_value values[2];
  size_t count = 2;
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  double a = 0;
  double b = 0;
  napi_get_value_double(env, values[0], &a);
  napi_get_value_double(env, values[1], &b);
  napi_value sum = nullptr;
  napi_create_double(env, a + b, &sum);
  return sum;
}

napi_value object(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_value number = nullptr;
  napi_create_object(env, &result);
  napi_create_double(env, 1, &number);
  napi_set_named_property(env, result, "position", number);
  napi_set_named_property(env, result, "kind", number);
  return result;
}

void define(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

NAPI_MODULE_INIT() {
  define(env, exports, "empty", empty);
  define(env, exports, "add", add);
  define(env, exports, "object", object);
  return exports;
}

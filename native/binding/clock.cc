// `clock` of daemon/binding/addon.ts: the host's clocks for the Runtime.
#include "clock/clock.h"

#include "binding/args.h"
#include "binding/registrations.h"

namespace tcx::binding {
namespace {

// The zero of monotonicNs: the process's first call, so that a double stays exact for 104 days of uptime.
std::int64_t monotonic_origin() noexcept {
  static const std::int64_t origin = clock::monotonic_ns();
  return origin;
}

napi_value unix_ns(napi_env env, napi_callback_info) noexcept {
  napi_value value = nullptr;
  [[maybe_unused]] const napi_status status = napi_create_bigint_int64(env, clock::unix_ns(), &value);
  assert(status == napi_ok);
  return value;
}

napi_value monotonic_ns(napi_env env, napi_callback_info) noexcept {
  const std::int64_t origin = monotonic_origin();
  return make_number(env, static_cast<double>(clock::monotonic_ns() - origin));
}

}  // namespace

void register_clock(napi_env env, napi_value exports) {
  napi_value object = nullptr;
  [[maybe_unused]] const napi_status status = napi_create_object(env, &object);
  assert(status == napi_ok);
  define_function(env, object, "unixNs", unix_ns, nullptr);
  define_function(env, object, "monotonicNs", monotonic_ns, nullptr);
  define_value(env, exports, "clock", object);
}

}  // namespace tcx::binding

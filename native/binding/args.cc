// The N-API vocabulary of the other files in this folder. Every call here is one that cannot fail for arguments that
// JavaScript has validated; the asserts say so.
#include "binding/args.h"

#include <utility>

namespace tcx::binding {
namespace {

inline void expect(napi_status status) noexcept {
  assert(status == napi_ok);
  (void)status;
}

void release_owner(napi_env, void* owner, void*) noexcept { delete static_cast<std::shared_ptr<void>*>(owner); }

napi_value buffer_of(napi_env env, napi_value doubles) noexcept {
  napi_value buffer = nullptr;
  expect(napi_get_typedarray_info(env, doubles, nullptr, nullptr, nullptr, &buffer, nullptr));
  return buffer;
}

}  // namespace

void define_function(napi_env env, napi_value object, const char* name, napi_callback callback,
                     void* instance) noexcept {
  napi_value function = nullptr;
  expect(napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, instance, &function));
  define_value(env, object, name, function);
}

void define_value(napi_env env, napi_value object, const char* name, napi_value value) noexcept {
  expect(napi_set_named_property(env, object, name, value));
}

napi_value make_doubles(napi_env env, double* memory, std::size_t count) noexcept {
  napi_value buffer = nullptr;
  napi_value doubles = nullptr;
  expect(napi_create_external_arraybuffer(env, memory, count * sizeof(double), nullptr, nullptr, &buffer));
  expect(napi_create_typedarray(env, napi_float64_array, count, buffer, 0, &doubles));
  return doubles;
}

napi_value make_bytes(napi_env env, const std::uint8_t* bytes, std::size_t count) noexcept {
  void* memory = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  expect(napi_create_arraybuffer(env, count, &memory, &buffer));
  for (std::size_t i = 0; i < count; i++) static_cast<std::uint8_t*>(memory)[i] = bytes[i];
  expect(napi_create_typedarray(env, napi_uint8_array, count, buffer, 0, &array));
  return array;
}

napi_value make_number(napi_env env, double value) noexcept {
  napi_value number = nullptr;
  expect(napi_create_double(env, value, &number));
  return number;
}

napi_value make_string(napi_env env, const std::string& value) noexcept {
  napi_value text = nullptr;
  expect(napi_create_string_utf8(env, value.data(), value.size(), &text));
  return text;
}

double number_argument(napi_env env, napi_value value) noexcept {
  double number = 0;
  expect(napi_get_value_double(env, value, &number));
  return number;
}

std::string string_argument(napi_env env, napi_value value) noexcept {
  std::size_t size = 0;
  expect(napi_get_value_string_utf8(env, value, nullptr, 0, &size));
  std::string text(size, '\0');
  expect(napi_get_value_string_utf8(env, value, text.data(), size + 1, &size));
  return text;
}

bool bytes_argument(napi_env env, napi_value value, const std::uint8_t** bytes, std::size_t* count) noexcept {
  void* memory = nullptr;
  napi_typedarray_type type = napi_uint8_array;
  if (napi_get_typedarray_info(env, value, &type, count, &memory, nullptr, nullptr) == napi_ok) {
    *bytes = static_cast<const std::uint8_t*>(memory);
    return type == napi_uint8_array;
  }
  if (napi_get_arraybuffer_info(env, value, &memory, count) != napi_ok) return false;
  *bytes = static_cast<const std::uint8_t*>(memory);
  return true;
}

napi_value property_of(napi_env env, napi_value object, const char* name) noexcept {
  napi_value value = nullptr;
  expect(napi_get_named_property(env, object, name, &value));
  return value;
}

void keep_alive(napi_env env, napi_value holder, std::shared_ptr<void> owner) noexcept {
  auto* const kept = new std::shared_ptr<void>(std::move(owner));
  expect(napi_add_finalizer(env, holder, kept, release_owner, nullptr, nullptr));
}

napi_value throw_status(napi_env env, Status status, const std::string& detail) noexcept {
  const std::string text = detail.empty() ? describe(status) : detail;
  napi_value message = make_string(env, text);
  napi_value error = nullptr;
  expect(napi_create_error(env, nullptr, message, &error));
  define_value(env, error, "status", make_number(env, static_cast<double>(status)));
  define_value(env, error, "detail", message);
  expect(napi_throw(env, error));
  return nullptr;
}

ObjectBuilder::ObjectBuilder(napi_env env, std::shared_ptr<void> owner) noexcept : env_(env), owner_(std::move(owner)) {
  expect(napi_create_object(env, &object_));
}

ObjectBuilder& ObjectBuilder::function(const char* name, napi_callback callback) noexcept {
  napi_value made = nullptr;
  expect(napi_create_function(env_, name, NAPI_AUTO_LENGTH, callback, owner_.get(), &made));
  keep_alive(env_, made, owner_);
  return value(name, made);
}

ObjectBuilder& ObjectBuilder::doubles(const char* name, double* memory, std::size_t count) noexcept {
  napi_value array = make_doubles(env_, memory, count);
  keep_alive(env_, buffer_of(env_, array), owner_);
  return value(name, array);
}

ObjectBuilder& ObjectBuilder::value(const char* name, napi_value value) noexcept {
  define_value(env_, object_, name, value);
  return *this;
}

}  // namespace tcx::binding

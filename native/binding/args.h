// Extraction of N-API arguments and construction of results: the only place that talks napi_value. Native objects are
// plain JS objects whose functions carry a pointer to their C++ instance as callback data: no `this`, no unwrap, and an
// argument-less call costs one napi_get_cb_info. JavaScript validates arguments; here they are only asserted.
#pragma once

#define NAPI_VERSION 9
#include <node_api.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"

namespace tcx::binding {

// Adds function `name` to `object`, with `instance` as callback data.
void define_function(napi_env env, napi_value object, const char* name, napi_callback callback, void* instance) noexcept;
void define_value(napi_env env, napi_value object, const char* name, napi_value value) noexcept;
// A Float64Array over memory that C++ owns and that outlives the array (see keep_alive and ObjectBuilder).
napi_value make_doubles(napi_env env, double* memory, std::size_t count) noexcept;
napi_value make_bytes(napi_env env, const std::uint8_t* bytes, std::size_t count) noexcept;  // a copy
napi_value make_number(napi_env env, double value) noexcept;
napi_value make_string(napi_env env, const std::string& value) noexcept;
double number_argument(napi_env env, napi_value value) noexcept;
std::string string_argument(napi_env env, napi_value value) noexcept;
// Bytes of an ArrayBuffer or Uint8Array argument, in place. Returns false when it is neither.
bool bytes_argument(napi_env env, napi_value value, const std::uint8_t** bytes, std::size_t* count) noexcept;
// Property `name` of an options object.
napi_value property_of(napi_env env, napi_value object, const char* name) noexcept;
// Keeps `owner` alive as long as JavaScript can reach `holder`.
void keep_alive(napi_env env, napi_value holder, std::shared_ptr<void> owner) noexcept;
// Throws an Error whose message and `detail` are `detail`, with the numeric `status`. Returns undefined.
napi_value throw_status(napi_env env, Status status, const std::string& detail) noexcept;

// Builds a native object: every function and array it hands out keeps the C++ instance alive, whatever JavaScript keeps.
class ObjectBuilder {
 public:
  // Functions get `owner.get()` as their instance.
  ObjectBuilder(napi_env env, std::shared_ptr<void> owner) noexcept;
  ObjectBuilder& function(const char* name, napi_callback callback) noexcept;
  ObjectBuilder& doubles(const char* name, double* memory, std::size_t count) noexcept;
  ObjectBuilder& value(const char* name, napi_value value) noexcept;
  napi_value object() const noexcept { return object_; }

 private:
  napi_env env_;
  napi_value object_ = nullptr;
  std::shared_ptr<void> owner_;
};

template <typename Instance>
Instance* instance_of(napi_env env, napi_callback_info info) noexcept {
  void* data = nullptr;
  [[maybe_unused]] const napi_status status = napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  assert(status == napi_ok);
  return static_cast<Instance*>(data);
}

template <typename Instance, std::size_t Count>
Instance* arguments_of(napi_env env, napi_callback_info info, napi_value (&values)[Count]) noexcept {
  void* data = nullptr;
  std::size_t count = Count;
  [[maybe_unused]] const napi_status status = napi_get_cb_info(env, info, &count, values, nullptr, &data);
  assert(status == napi_ok && count == Count);
  return static_cast<Instance*>(data);
}

}  // namespace tcx::binding

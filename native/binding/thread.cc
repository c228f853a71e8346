// `thread` of daemon/binding/addon.ts: what the Runtime asks of the kernel at start, and the yield of its idle policy.
#include "thread/thread.h"

#include <vector>

#include "binding/args.h"
#include "binding/registrations.h"

namespace tcx::binding {
namespace {

int int_argument(napi_env env, napi_value value) noexcept {
  const double number = number_argument(env, value);
  assert(number >= -2147483648.0 && number <= 2147483647.0 && "Invariant: JavaScript passes a 32-bit integer");
  return static_cast<int>(number);
}

// A call that takes one integer and returns 0 or -errno.
template <int (*Call)(int)>
napi_value with_integer(napi_env env, napi_callback_info info) noexcept {
  napi_value values[1];
  arguments_of<void>(env, info, values);
  return make_number(env, Call(int_argument(env, values[0])));
}

// A call that takes nothing and returns 0 or -errno.
template <int (*Call)()>
napi_value without_argument(napi_env env, napi_callback_info) noexcept {
  return make_number(env, Call());
}

int set_timer_slack(int ns) noexcept { return thread::set_timer_slack(ns); }

napi_value yield(napi_env, napi_callback_info) noexcept {
  thread::yield();
  return nullptr;
}

napi_value allowed_cpus(napi_env env, napi_callback_info) noexcept {
  std::vector<int> cpus(thread::kCpusMax);
  const int count = thread::allowed_cpus(cpus.data(), cpus.size());
  assert(count >= 0 && "Invariant: a thread may ask where it may run");
  napi_value array = nullptr;
  [[maybe_unused]] napi_status status = napi_create_array(env, &array);
  assert(status == napi_ok);
  for (std::uint32_t index = 0; index < static_cast<std::uint32_t>(count); ++index) {
    status = napi_set_element(env, array, index, make_number(env, cpus[index]));
    assert(status == napi_ok);
  }
  return array;
}

}  // namespace

void register_thread(napi_env env, napi_value exports) {
  napi_value object = nullptr;
  [[maybe_unused]] const napi_status status = napi_create_object(env, &object);
  assert(status == napi_ok);
  define_function(env, object, "pin", with_integer<thread::pin>, nullptr);
  define_function(env, object, "lockMemory", without_argument<thread::lock_memory>, nullptr);
  define_function(env, object, "setTimerSlack", with_integer<set_timer_slack>, nullptr);
  define_function(env, object, "setFifo", with_integer<thread::set_fifo>, nullptr);
  define_function(env, object, "yield", yield, nullptr);
  define_function(env, object, "allowedCpus", allowed_cpus, nullptr);
  define_function(env, object, "disableCoreDump", without_argument<thread::disable_core_dump>, nullptr);
  define_value(env, exports, "thread", object);
}

}  // namespace tcx::binding

// The EventMemory behind a NativeEvent object, for the native objects that share it.
#pragma once

#include <memory>

#include "binding/args.h"
#include "event/event_memory.h"

namespace tcx::binding {

// The memory of a NativeEvent argument; whoever uses it keeps the pointer. Null, with a TypeError pending, when `value`
// is no NativeEvent.
std::shared_ptr<EventMemory> event_argument(napi_env env, napi_value value) noexcept;

}  // namespace tcx::binding

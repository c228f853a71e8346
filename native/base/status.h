// The result of every native call that can fail. The numbers are schemas/view.fbs; TypeScript turns them into typed
// errors. Nothing in native/ throws.
#pragma once

#include "view_generated.h"

namespace tcx {

using Status = view::Status;

// What a status means, as the start of a sentence for an operator.
const char* describe(Status status) noexcept;
// The status of an operating system error number.
Status status_of_errno(int error) noexcept;

}  // namespace tcx

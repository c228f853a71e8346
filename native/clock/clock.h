// The two clocks of the host, in nanoseconds. Only the Runtime reads them: the Core's "now" is Sequencing Time.
#pragma once

#include <cstdint>

namespace tcx::clock {

// Since the Unix epoch. May step when the host's time is set.
[[nodiscard]] std::int64_t unix_ns() noexcept;
// Never decreases; its zero is arbitrary and the same for every process of one boot.
[[nodiscard]] std::int64_t monotonic_ns() noexcept;

}  // namespace tcx::clock

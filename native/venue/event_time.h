// When a Venue says something happened, as the views hold it: whole seconds of the Unix epoch and the nanoseconds within
// the second. Both 0: the Venue did not say, or not in a form we read.
#pragma once

#include <cstddef>
#include <cstdint>

#include "venue/decimal.h"

namespace tcx::venue {

struct EventTime {
  double seconds = 0;
  double nanoseconds = 0;
};

// RFC 3339 in UTC, `2026-07-19T17:54:39.123456789Z`; digits behind the ninth are cut.
class TimestampReader {
 public:
  EventTime read(const std::uint8_t* text, std::size_t size) noexcept;

 private:
  // Consecutive stamps share their date.
  std::uint8_t date_[10] = {};
  std::int64_t midnight_ = 0;
};

// A count of ms since the epoch; of us when it is too large for ms (a Venue asked for us sends the same field in them).
EventTime time_of_count(const Decimal& count) noexcept;
// Seconds with decimals: 1618678133.162950.
EventTime time_of_seconds(const Decimal& seconds) noexcept;

}  // namespace tcx::venue

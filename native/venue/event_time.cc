// Calendar and clock arithmetic on digits; no library, no locale, no float but for the results.
#include "venue/event_time.h"

#include <cstring>

namespace tcx::venue {
namespace {

constexpr std::size_t kDateSize = 10;
constexpr std::size_t kClockEnd = 19;
// Days from the start of year 0 (counted from March) to 1970-01-01.
constexpr std::int64_t kEpochDays = 719468;
// 10^14 ms is the year 5138, 10^14 us is 1973.
constexpr std::int64_t kMillisecondsMax = 100'000'000'000'000;

// More than any year, alone or with two digits added.
constexpr int kNoDigits = 1'000'000;

// The number of two digits; kNoDigits when they are none.
int two(const std::uint8_t* at) noexcept {
  const auto tens = static_cast<std::uint8_t>(at[0] - '0');
  const auto ones = static_cast<std::uint8_t>(at[1] - '0');
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : kNoDigits;
}

// Seconds from the epoch to the start of the day `yyyy-mm-dd`; -1 when it is something else.
std::int64_t midnight_of(const std::uint8_t* text) noexcept {
  const int year = two(text) * 100 + two(text + 2);
  const int month = two(text + 5);
  const int day = two(text + 8);
  if (text[4] != '-' || text[7] != '-' || year < 1970 || year > 9999) return -1;
  if (month < 1 || month > 12 || day < 1 || day > 31) return -1;
  // Years that begin in March put the leap day last, where a month's length no longer matters.
  const std::int64_t shifted = month > 2 ? year : year - 1;
  const std::int64_t from_march = (month + 9) % 12;
  const std::int64_t leap_days = shifted / 4 - shifted / 100 + shifted / 400;
  return (shifted * 365 + leap_days + (from_march * 153 + 2) / 5 + day - 1 - kEpochDays) * 86400;
}

// Seconds of `hh:mm:ss`; -1 when it is something else. A leap second (60) is allowed.
std::int64_t clock_of(const std::uint8_t* text) noexcept {
  const int hours = two(text);
  const int minutes = two(text + 3);
  const int seconds = two(text + 6);
  if (text[2] != ':' || text[5] != ':' || hours > 23 || minutes > 59 || seconds > 60) return -1;
  return hours * 3600 + minutes * 60 + seconds;
}

// ns of `.123456`, 0 when there is none; -1 when it is something else.
std::int64_t fraction_of(const std::uint8_t* text, std::size_t size) noexcept {
  if (size == 0) return 0;
  if (text[0] != '.' || size == 1) return -1;
  std::int64_t ns = 0;
  for (std::size_t i = 1; i < size; i++) {
    const auto digit = static_cast<std::uint8_t>(text[i] - '0');
    if (digit > 9) return -1;
    if (i <= 9) ns = ns * 10 + digit;
  }
  for (std::size_t i = size; i <= 9; i++) ns *= 10;
  return ns;
}

}  // namespace

EventTime TimestampReader::read(const std::uint8_t* text, std::size_t size) noexcept {
  if (size <= kClockEnd || text[size - 1] != 'Z' || text[kDateSize] != 'T') return {};
  if (std::memcmp(date_, text, kDateSize) != 0) {
    const std::int64_t midnight = midnight_of(text);
    if (midnight < 0) return {};
    std::memcpy(date_, text, kDateSize);
    midnight_ = midnight;
  }
  const std::int64_t clock = clock_of(text + kDateSize + 1);
  const std::int64_t ns = fraction_of(text + kClockEnd, size - kClockEnd - 1);
  if (clock < 0 || ns < 0) return {};
  return {static_cast<double>(midnight_ + clock), static_cast<double>(ns)};
}

EventTime time_of_count(const Decimal& count) noexcept {
  if (!count.exact || count.decimals != 0 || count.mantissa <= 0) return {};
  const std::int64_t per_second = count.mantissa < kMillisecondsMax ? 1000 : 1000000;
  const std::int64_t seconds = count.mantissa / per_second;
  const std::int64_t rest = count.mantissa % per_second;
  return {static_cast<double>(seconds), static_cast<double>(rest * (1000000000 / per_second))};
}

EventTime time_of_seconds(const Decimal& seconds) noexcept {
  if (!seconds.exact || seconds.mantissa <= 0 || seconds.decimals < 0 || seconds.decimals > 9) return {};
  std::int64_t per_second = 1;
  for (std::int32_t i = 0; i < seconds.decimals; i++) per_second *= 10;
  const std::int64_t rest = seconds.mantissa % per_second;
  return {static_cast<double>(seconds.mantissa / per_second), static_cast<double>(rest * (1000000000 / per_second))};
}

}  // namespace tcx::venue

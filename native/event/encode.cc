// The fixed layouts and the five encoders. Every layout is this picture, with the body's fields sorted by size so that
// nothing but the end needs padding:
//
//    0  u32 → 16            4  "TCXE"
//    8  Event vtable        16 Event: soffset, u32 → body, u8 kind, 3 × 0
//   28  body vtable         ·· body: soffset, 8-byte fields, 4-byte fields, bytes, 0 to a multiple of 8
#include "event/encode.h"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/integers.h"
#include "event/limits.h"
#include "event_generated.h"

namespace tcx {
namespace {

using namespace tcx::event;

constexpr std::uint16_t kEventVtable = 8;
constexpr std::uint16_t kEventTable = 16;
constexpr std::uint16_t kBodyVtable = 28;
constexpr std::size_t kLayoutSizeMax = 96;

struct Field {
  std::uint16_t vtable_offset;  // VT_… of the generated table
  std::uint8_t size;
};

template <std::size_t Count>
struct Layout {
  std::array<std::uint16_t, Count> at{};              // offset of each field from the start of the body
  std::array<std::uint8_t, kLayoutSizeMax> bytes{};   // everything but the fields' values
  std::uint16_t size = 0;
};

template <std::size_t Size>
consteval void put(std::array<std::uint8_t, Size>& bytes, std::size_t at, std::size_t size, std::uint32_t value) {
  for (std::size_t i = 0; i < size; i++) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

template <std::size_t Count>
consteval Layout<Count> make_layout(Body kind, const Field (&fields)[Count]) {
  Layout<Count> layout;
  auto& bytes = layout.bytes;
  const std::size_t vtable_size = 4 + 2 * Count;
  std::size_t table = kBodyVtable + vtable_size;
  while (table % 8 != 4) table++;  // so that the 8-byte fields, which follow the 4-byte soffset, are aligned
  std::size_t end = table + 4;
  for (const std::size_t size : {8u, 4u, 1u}) {
    for (std::size_t i = 0; i < Count; i++) {
      if (fields[i].size != size) continue;
      layout.at[i] = static_cast<std::uint16_t>(end);
      put(bytes, kBodyVtable + fields[i].vtable_offset, 2, static_cast<std::uint32_t>(end - table));
      end += size;
    }
  }
  const char identifier[] = "TCXE";
  put(bytes, 0, 4, kEventTable);
  for (std::size_t i = 0; i < 4; i++) bytes[4 + i] = static_cast<std::uint8_t>(identifier[i]);
  put(bytes, kEventVtable, 2, 8);
  put(bytes, kEventVtable + 2, 2, 12);
  put(bytes, kEventVtable + Event::VT_BODY_TYPE, 2, 8);
  put(bytes, kEventVtable + Event::VT_BODY, 2, 4);
  put(bytes, kEventTable, 4, kEventTable - kEventVtable);
  put(bytes, kEventTable + 4, 4, static_cast<std::uint32_t>(table) - (kEventTable + 4));
  put(bytes, kEventTable + 8, 1, static_cast<std::uint32_t>(kind));
  put(bytes, kBodyVtable, 2, static_cast<std::uint32_t>(vtable_size));
  put(bytes, kBodyVtable + 2, 2, static_cast<std::uint32_t>(end - table));
  put(bytes, table, 4, static_cast<std::uint32_t>(table - kBodyVtable));
  layout.size = static_cast<std::uint16_t>((end + 7) / 8 * 8);
  return layout;
}

constexpr auto kDenied = make_layout(Body::IntentDenied, {{IntentDenied::VT_ORDER_ID, 8},
                                                          {IntentDenied::VT_PRICE, 8},
                                                          {IntentDenied::VT_QUANTITY, 8},
                                                          {IntentDenied::VT_STRATEGY, 4},
                                                          {IntentDenied::VT_INSTRUMENT, 4},
                                                          {IntentDenied::VT_ACTION, 1},
                                                          {IntentDenied::VT_REASON, 1},
                                                          {IntentDenied::VT_SIDE, 1},
                                                          {IntentDenied::VT_TYPE, 1},
                                                          {IntentDenied::VT_TIME_IN_FORCE, 1}});
constexpr auto kClosed = make_layout(Body::IntentClosed, {{IntentClosed::VT_ORDER_ID, 8},
                                                          {IntentClosed::VT_PRICE, 8},
                                                          {IntentClosed::VT_QUANTITY, 8},
                                                          {IntentClosed::VT_STRATEGY, 4},
                                                          {IntentClosed::VT_INSTRUMENT, 4},
                                                          {IntentClosed::VT_ACTION, 1},
                                                          {IntentClosed::VT_REASON, 1}});
constexpr auto kDispatched = make_layout(Body::IntentDispatched, {{IntentDispatched::VT_ORDER_ID, 8},
                                                                  {IntentDispatched::VT_PRICE, 8},
                                                                  {IntentDispatched::VT_QUANTITY, 8},
                                                                  {IntentDispatched::VT_STRATEGY, 4},
                                                                  {IntentDispatched::VT_INSTRUMENT, 4},
                                                                  {IntentDispatched::VT_VENUE, 4},
                                                                  {IntentDispatched::VT_ACTION, 1},
                                                                  {IntentDispatched::VT_SIDE, 1},
                                                                  {IntentDispatched::VT_TYPE, 1},
                                                                  {IntentDispatched::VT_TIME_IN_FORCE, 1}});
constexpr auto kDigest = make_layout(Body::StateDigest, {{StateDigest::VT_DIGEST_LOW, 8},
                                                         {StateDigest::VT_DIGEST_HIGH, 8},
                                                         {StateDigest::VT_INPUTS, 8},
                                                         {StateDigest::VT_UNDECIDED, 4}});
constexpr auto kControlTime =
    make_layout(Body::ControlTime, {{ControlTime::VT_DEADLINE, 8}, {ControlTime::VT_REASON, 1}});

static_assert(kDispatched.size == kDispatchBodySize);
// The vector of a StateDigest follows its table without a gap: its count ends where 8-aligned doubles may start.
constexpr std::uint32_t kDigestVector = kDigest.at[3] + 4;
constexpr std::uint32_t kDigestDoubles = kDigestVector + 4;
static_assert(kDigest.at[3] % 8 == 0 && kDigestDoubles % 8 == 0);

// Copies a layout and stores fields into it; remembers whether every value fitted.
class FieldWriter {
 public:
  template <std::size_t Count>
  FieldWriter(const double* slots, const Layout<Count>& layout, std::uint8_t* body) noexcept
      : slots_(slots), at_(layout.at.data()), body_(body) {
    std::memcpy(body, layout.bytes.data(), layout.size);
  }
  // The next fields of the layout, in its order.
  void safe(Slot name, std::int64_t low) noexcept { store<std::int64_t>(slots_[slot(name)], low, kSafeMax); }
  void index(Slot name) noexcept { store<std::uint32_t>(slots_[slot(name)], 0, UINT32_MAX); }
  void index_or_all(Slot name) noexcept { store<std::int32_t>(slots_[slot(name)], -1, INT32_MAX); }
  template <typename Enum>
  void choice(Slot name) noexcept {
    store<std::uint8_t>(slots_[slot(name)], 0, static_cast<std::int64_t>(Enum::MAX));
  }
  void halves(Slot low, Slot high) noexcept {
    std::int64_t low_half = 0;
    std::int64_t high_half = 0;
    good_ &= to_integer(slots_[slot(low)], 0, UINT32_MAX, &low_half);
    good_ &= to_integer(slots_[slot(high)], 0, UINT32_MAX, &high_half);
    const std::uint64_t value = static_cast<std::uint64_t>(low_half) | static_cast<std::uint64_t>(high_half) << 32;
    std::memcpy(body_ + *at_++, &value, sizeof value);
  }
  Status status() const noexcept { return good_ ? Status::Ok : Status::BadValue; }

 private:
  template <typename Stored>
  void store(double value, std::int64_t low, std::int64_t high) noexcept {
    std::int64_t integer = 0;
    good_ &= to_integer(value, low, high, &integer);
    const auto stored = static_cast<Stored>(integer);
    std::memcpy(body_ + *at_++, &stored, sizeof stored);
  }

  const double* slots_;
  const std::uint16_t* at_;
  std::uint8_t* body_;
  bool good_ = true;
};

Status encode_denied(const double* slots, std::uint8_t* body) noexcept {
  FieldWriter field(slots, kDenied, body);
  field.safe(Slot::OrderId, 0);
  field.safe(Slot::Price, -kSafeMax);
  field.safe(Slot::Quantity, -kSafeMax);
  field.index_or_all(Slot::Strategy);
  field.index(Slot::Instrument);
  field.choice<Action>(Slot::Action);
  field.choice<DenyReason>(Slot::Reason);
  field.choice<Side>(Slot::Side);
  field.choice<OrderType>(Slot::Type);
  field.choice<TimeInForce>(Slot::TimeInForce);
  return field.status();
}

Status encode_closed(const double* slots, std::uint8_t* body) noexcept {
  FieldWriter field(slots, kClosed, body);
  field.safe(Slot::OrderId, 0);
  field.safe(Slot::Price, -kSafeMax);
  field.safe(Slot::Quantity, -kSafeMax);
  field.index_or_all(Slot::Strategy);
  field.index(Slot::Instrument);
  field.choice<Action>(Slot::Action);
  field.choice<CloseReason>(Slot::Reason);
  return field.status();
}

Status encode_dispatched(const double* slots, std::uint8_t* body) noexcept {
  FieldWriter field(slots, kDispatched, body);
  field.safe(Slot::OrderId, 0);
  field.safe(Slot::Price, -kSafeMax);
  field.safe(Slot::Quantity, -kSafeMax);
  field.index_or_all(Slot::Strategy);
  field.index(Slot::Instrument);
  field.index(Slot::Venue);
  field.choice<Action>(Slot::Action);
  field.choice<Side>(Slot::Side);
  field.choice<OrderType>(Slot::Type);
  field.choice<TimeInForce>(Slot::TimeInForce);
  return field.status();
}

Status encode_control_time(const double* slots, std::uint8_t* body) noexcept {
  FieldWriter field(slots, kControlTime, body);
  field.safe(Slot::Deadline, -kSafeMax);
  field.choice<ControlReason>(Slot::Reason);
  return field.status();
}

Status encode_digest(const double* slots, const double* entries, std::uint8_t* body) noexcept {
  FieldWriter field(slots, kDigest, body);
  field.halves(Slot::DigestLowLow, Slot::DigestLowHigh);
  field.halves(Slot::DigestHighLow, Slot::DigestHighHigh);
  field.safe(Slot::Inputs, 0);
  const std::uint32_t to_vector = 4;
  const auto count = static_cast<std::uint32_t>(slots[slot(Slot::Count)]);
  std::memcpy(body + kDigest.at[3], &to_vector, sizeof to_vector);
  std::memcpy(body + kDigestVector, &count, sizeof count);
  bool good = true;
  for (std::uint32_t i = 0; i < count; i++) {
    good &= !std::isnan(entries[i]);
    std::memcpy(body + kDigestDoubles + i * sizeof(double), &entries[i], sizeof(double));
  }
  return good ? field.status() : Status::BadValue;
}

Body kind_of(const double* slots) noexcept {
  std::int64_t kind = 0;
  return to_integer(slots[slot(Slot::Kind)], 0, UINT8_MAX, &kind) ? static_cast<Body>(kind) : Body::NONE;
}

}  // namespace

std::uint32_t encoded_size(const double* slots) noexcept {
  switch (kind_of(slots)) {
    case Body::IntentDenied: return kDenied.size;
    case Body::IntentClosed: return kClosed.size;
    case Body::IntentDispatched: return kDispatched.size;
    case Body::ControlTime: return kControlTime.size;
    case Body::StateDigest: {
      std::int64_t count = 0;
      if (!to_integer(slots[slot(Slot::Count)], 0, kUndecidedCountMax, &count)) return 0;
      return kDigestDoubles + static_cast<std::uint32_t>(count * static_cast<std::int64_t>(sizeof(double)));
    }
    default: return 0;
  }
}

Status encode_event(const double* slots, const double* entries, std::uint8_t* body) noexcept {
  switch (kind_of(slots)) {
    case Body::IntentDenied: return encode_denied(slots, body);
    case Body::IntentClosed: return encode_closed(slots, body);
    case Body::IntentDispatched: return encode_dispatched(slots, body);
    case Body::ControlTime: return encode_control_time(slots, body);
    case Body::StateDigest: return encode_digest(slots, entries, body);
    default: return Status::KindNotAllowed;
  }
}

}  // namespace tcx

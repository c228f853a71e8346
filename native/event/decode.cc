// One `read` overload per table of schemas/event.fbs, in the schema's order. Venue text that only identifies something
// becomes a hash; everything else becomes a safe integer in its slot.
#include "event/decode.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/integers.h"
#include "event/limits.h"

namespace tcx {
namespace {

using namespace tcx::event;
using flatbuffers::String;
using flatbuffers::Vector;

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

// Writes slots and remembers the first thing that was wrong.
struct SlotWriter {
  double* slots;
  double* entries;
  std::int64_t epoch;
  Status status = Status::Ok;

  void require(bool condition, Status otherwise) noexcept {
    if (!condition && status == Status::Ok) status = otherwise;
  }
  void set(Slot name, double value) noexcept { slots[slot(name)] = value; }
  template <typename Integer>
  void safe(Slot name, Integer value) noexcept {
    require(is_safe(value), Status::BadValue);
    set(name, static_cast<double>(value));
  }
  void safe_from(Slot name, std::int64_t value, std::int64_t lowest) noexcept {
    require(value >= lowest, Status::BadValue);
    safe(name, value);
  }
  void index(Slot name, std::uint32_t value) noexcept { set(name, static_cast<double>(value)); }
  // An index or -1 for "all of them".
  void index_or_all(Slot name, std::int32_t value) noexcept {
    require(value >= -1, Status::BadValue);
    set(name, static_cast<double>(value));
  }
  template <typename Enum>
  void choice(Slot name, Enum value) noexcept {
    require(value <= Enum::MAX, Status::BadValue);
    set(name, static_cast<double>(value));
  }
  void halves(Slot low, Slot high, std::uint64_t value) noexcept {
    set(low, static_cast<double>(value & 0xFFFFFFFFu));
    set(high, static_cast<double>(value >> 32));
  }
  void identifier(Slot low, Slot high, const String* text) noexcept {
    require(text == nullptr || text->size() <= kTextSizeMax, Status::TooLarge);
    const bool present = text != nullptr && text->size() > 0 && text->size() <= kTextSizeMax;
    halves(low, high, present ? hash_identifier({text->c_str(), text->size()}) : 0);
  }
  void text(const String* value) noexcept {
    require(value == nullptr || value->size() <= kTextSizeMax, Status::TooLarge);
  }
  void document(const String* value) noexcept {
    require(value == nullptr || value->size() <= kDocumentSizeMax, Status::TooLarge);
  }
  // Unix ns to session ns. Farther from the epoch than a double counts exactly (104 days) is metadata nobody computes
  // with: it stays in the record and reads as absent here.
  double session_time(std::int64_t unix_ns) const noexcept {
    std::int64_t relative = 0;
    if (unix_ns == 0 || __builtin_sub_overflow(unix_ns, epoch, &relative) || !is_safe(relative)) return kAbsent;
    return static_cast<double>(relative);
  }
  void times(std::int64_t event_time, std::int64_t capture_time) noexcept {
    set(Slot::EventTime, session_time(event_time));
    set(Slot::CaptureTime, session_time(capture_time));
  }
  void order(std::uint64_t id) noexcept { safe(Slot::OrderId, id); }
};

template <typename Element>
std::uint32_t count_of(const Vector<Element>* vector) noexcept {
  return vector == nullptr ? 0 : vector->size();
}

// The FlatBuffers verifier checks a struct vector's extent but not that its elements are aligned.
template <typename Struct>
bool is_aligned(const Vector<const Struct*>* vector) noexcept {
  return vector == nullptr || vector->size() == 0 ||
         reinterpret_cast<std::uintptr_t>(vector->Data()) % alignof(Struct) == 0;
}

void read_levels(SlotWriter& to, Slot count, const Vector<const Level*>* levels) noexcept {
  const std::uint32_t size = count_of(levels);
  to.set(count, static_cast<double>(size));
  to.require(size <= kLevelCountMax, Status::TooLarge);
  to.require(is_aligned(levels), Status::Malformed);
  if (to.status != Status::Ok) return;
  bool good = true;
  for (std::uint32_t i = 0; i < size; i++) {
    const Level& level = *levels->Get(i);
    const std::int64_t quantity = level.quantity();
    good &= is_safe(level.price());
    good &= quantity >= 0;
    good &= quantity <= kSafeMax;
  }
  to.require(good, Status::BadValue);
}

// True when `count` elements may be copied to the entries.
bool admit_entries(SlotWriter& to, std::uint32_t count, std::uint32_t stride, bool aligned) noexcept {
  to.set(Slot::Count, static_cast<double>(count));
  to.require(count <= kInputEntryCount / stride, Status::TooLarge);
  to.require(aligned, Status::Malformed);
  return to.status == Status::Ok;
}

void read(SlotWriter& to, const BookSnapshot& table) noexcept {
  to.index(Slot::Instrument, table.instrument());
  to.times(table.event_time(), table.capture_time());
  to.halves(Slot::SequenceLow, Slot::SequenceHigh, table.sequence());
  to.halves(Slot::PreviousLow, Slot::PreviousHigh, 0);
  read_levels(to, Slot::Count, table.bids());
  read_levels(to, Slot::CountAsks, table.asks());
}

void read(SlotWriter& to, const BookDelta& table) noexcept {
  to.index(Slot::Instrument, table.instrument());
  to.times(table.event_time(), table.capture_time());
  to.halves(Slot::SequenceLow, Slot::SequenceHigh, table.sequence());
  to.halves(Slot::PreviousLow, Slot::PreviousHigh, table.previous());
  read_levels(to, Slot::Count, table.bids());
  read_levels(to, Slot::CountAsks, table.asks());
}

void read(SlotWriter& to, const Trade& table) noexcept {
  to.index(Slot::Instrument, table.instrument());
  to.times(0, table.capture_time());
  const auto* prints = table.prints();
  const std::uint32_t count = count_of(prints);
  if (!admit_entries(to, count, kPrintStride, is_aligned(prints))) return;
  double* entry = to.entries;
  for (std::uint32_t i = 0; i < count; i++, entry += kPrintStride) {
    const Print& print = *prints->Get(i);
    to.require(is_safe(print.price()), Status::BadValue);
    to.require(print.quantity() > 0 && is_safe(print.quantity()), Status::BadValue);
    to.require(print.aggressor() <= Side::MAX, Status::BadValue);
    entry[0] = static_cast<double>(print.price());
    entry[1] = static_cast<double>(print.quantity());
    entry[2] = static_cast<double>(print.aggressor());
    entry[3] = to.session_time(print.event_time());
  }
}

void read(SlotWriter& to, const InstrumentStatus& table) noexcept {
  to.index(Slot::Instrument, table.instrument());
  to.choice(Slot::State, table.state());
  to.times(table.event_time(), 0);
}

void read(SlotWriter& to, const OrderAccepted& table) noexcept {
  to.order(table.order_id());
  to.times(table.event_time(), table.capture_time());
  to.identifier(Slot::VenueOrderIdLow, Slot::VenueOrderIdHigh, table.venue_order_id());
}

// OrderRejected, CancelRejected and ReplaceRejected have the same fields.
template <typename Rejection>
void read_rejection(SlotWriter& to, const Rejection& table) noexcept {
  to.order(table.order_id());
  to.choice(Slot::Reason, table.reason());
  to.times(table.event_time(), table.capture_time());
  to.text(table.message());
}
void read(SlotWriter& to, const OrderRejected& table) noexcept { read_rejection(to, table); }
void read(SlotWriter& to, const CancelRejected& table) noexcept { read_rejection(to, table); }
void read(SlotWriter& to, const ReplaceRejected& table) noexcept { read_rejection(to, table); }

void read(SlotWriter& to, const OrderFilled& table) noexcept {
  to.order(table.order_id());
  to.index(Slot::Instrument, table.instrument());
  to.choice(Slot::Side, table.side());
  to.safe(Slot::Price, table.price());
  to.safe_from(Slot::Quantity, table.quantity(), 1);
  to.safe(Slot::Fee, table.fee());
  to.index(Slot::FeeCurrency, table.fee_currency());
  to.choice(Slot::Liquidity, table.liquidity());
  to.times(table.event_time(), table.capture_time());
  to.identifier(Slot::VenueOrderIdLow, Slot::VenueOrderIdHigh, table.venue_order_id());
  to.identifier(Slot::ExecutionIdLow, Slot::ExecutionIdHigh, table.execution_id());
}

void read(SlotWriter& to, const OrderCancelled& table) noexcept {
  to.order(table.order_id());
  to.choice(Slot::Reason, table.reason());
  to.times(table.event_time(), table.capture_time());
}

void read(SlotWriter& to, const OrderReplaced& table) noexcept {
  to.order(table.order_id());
  to.safe(Slot::Price, table.price());
  to.safe_from(Slot::Quantity, table.quantity(), 0);
  to.times(table.event_time(), table.capture_time());
  to.identifier(Slot::VenueOrderIdLow, Slot::VenueOrderIdHigh, table.venue_order_id());
}

void read(SlotWriter& to, const OrderStatusReport& table) noexcept {
  to.order(table.order_id());
  to.choice(Slot::State, table.status());
  to.index(Slot::Instrument, table.instrument());
  to.choice(Slot::Side, table.side());
  to.safe(Slot::Price, table.price());
  to.safe_from(Slot::Quantity, table.quantity(), 0);
  to.safe_from(Slot::FilledQuantity, table.filled_quantity(), 0);
  to.times(table.event_time(), table.capture_time());
  to.identifier(Slot::VenueOrderIdLow, Slot::VenueOrderIdHigh, table.venue_order_id());
}

void read(SlotWriter& to, const BalanceReport& table) noexcept {
  to.index(Slot::Venue, table.venue());
  to.times(table.event_time(), table.capture_time());
  const auto* balances = table.balances();
  const std::uint32_t count = count_of(balances);
  if (!admit_entries(to, count, kBalanceStride, is_aligned(balances))) return;
  double* entry = to.entries;
  for (std::uint32_t i = 0; i < count; i++, entry += kBalanceStride) {
    const Balance& balance = *balances->Get(i);
    to.require(is_safe(balance.total()) && is_safe(balance.available()), Status::BadValue);
    entry[0] = static_cast<double>(balance.currency());
    entry[1] = static_cast<double>(balance.total());
    entry[2] = static_cast<double>(balance.available());
  }
}

void read(SlotWriter& to, const PositionReport& table) noexcept {
  to.index(Slot::Venue, table.venue());
  to.times(table.event_time(), table.capture_time());
  const auto* positions = table.positions();
  const std::uint32_t count = count_of(positions);
  if (!admit_entries(to, count, kPositionStride, is_aligned(positions))) return;
  double* entry = to.entries;
  for (std::uint32_t i = 0; i < count; i++, entry += kPositionStride) {
    const Position& position = *positions->Get(i);
    to.require(is_safe(position.quantity()), Status::BadValue);
    entry[0] = static_cast<double>(position.instrument());
    entry[1] = static_cast<double>(position.quantity());
  }
}

void read(SlotWriter& to, const SessionStarted& table) noexcept {
  to.index(Slot::SessionOrdinal, table.session_ordinal());
  for (const String* text : {table.session_id(), table.schema_hash(), table.configuration(), table.configuration_hash(),
                             table.build_version(), table.build_commit(), table.node_version(), table.v8_version(),
                             table.host(), table.carried()}) {
    to.document(text);
  }
  const auto* strategies = table.strategies();
  const std::uint32_t count = count_of(strategies);
  to.set(Slot::Count, static_cast<double>(count));
  to.require(count <= kStrategyCountMax, Status::TooLarge);
  for (std::uint32_t i = 0; i < count && to.status == Status::Ok; i++) {
    const StrategyIdentity& identity = *strategies->Get(i);
    to.text(identity.id());
    to.text(identity.name());
    to.text(identity.version());
    to.text(identity.content_hash());
  }
}

void read(SlotWriter& to, const SessionResumed& table) noexcept {
  for (const String* text : {table.build_version(), table.build_commit(), table.node_version(), table.v8_version(),
                             table.host()}) {
    to.text(text);
  }
}

void read(SlotWriter& to, const SessionEnded& table) noexcept {
  to.choice(Slot::Reason, table.end());
  to.text(table.actor());
  to.text(table.reason());
}

void read(SlotWriter& to, const ConfigurationChanged& table) noexcept {
  to.index(Slot::Version, table.version());
  to.document(table.configuration());
  to.text(table.configuration_hash());
  to.text(table.actor());
  to.text(table.reason());
}

void read(SlotWriter& to, const InstrumentDefined& table) noexcept {
  to.index(Slot::Instrument, table.instrument());
  to.index(Slot::Venue, table.venue());
  to.text(table.symbol());
  to.require(table.price_scale() <= kScaleMax && table.quantity_scale() <= kScaleMax, Status::BadValue);
  to.index(Slot::PriceScale, table.price_scale());
  to.index(Slot::QuantityScale, table.quantity_scale());
  to.safe_from(Slot::TickSize, table.tick_size(), 0);
  to.safe_from(Slot::LotSize, table.lot_size(), 0);
  to.safe_from(Slot::MinimumQuantity, table.minimum_quantity(), 0);
}

void read(SlotWriter& to, const TradingStateChanged& table) noexcept {
  to.choice(Slot::State, table.state());
  to.index_or_all(Slot::Strategy, table.strategy());
  to.text(table.actor());
  to.text(table.reason());
}

void read(SlotWriter& to, const KillSwitchChanged& table) noexcept {
  to.set(Slot::State, table.active() ? 1 : 0);
  to.text(table.actor());
  to.text(table.reason());
}

void read(SlotWriter& to, const VenueLinkChanged& table) noexcept {
  to.index(Slot::Venue, table.venue());
  to.choice(Slot::State, table.state());
  to.text(table.reason());
}

void read(SlotWriter& to, const FeedStatusChanged& table) noexcept {
  to.index(Slot::Venue, table.venue());
  to.index_or_all(Slot::Instrument, table.instrument());
  to.choice(Slot::State, table.state());
  to.choice(Slot::Reason, table.reason());
  to.safe(Slot::Dropped, table.dropped());
}

void read(SlotWriter& to, const DispatchFailed& table) noexcept {
  to.order(table.order_id());
  to.choice(Slot::Action, table.action());
  to.safe(Slot::DispatchPosition, table.dispatch_position());
  to.choice(Slot::Reason, table.failure());
}

void read(SlotWriter& to, const OrderDisposed& table) noexcept {
  to.order(table.order_id());
  to.text(table.actor());
  to.text(table.reason());
}

void read(SlotWriter& to, const ReconciliationCompleted& table) noexcept {
  to.index(Slot::Venue, table.venue());
  to.choice(Slot::State, table.result());
  to.index(Slot::Compared, table.orders_compared());
  to.index(Slot::Mismatches, table.mismatches());
  to.index(Slot::Unknown, table.unknown());
  to.text(table.detail());
}

void read(SlotWriter& to, const OperatorCommand& table) noexcept {
  to.choice(Slot::Action, table.action());
  to.index_or_all(Slot::Venue, table.venue());
  to.order(table.order_id());
  to.text(table.actor());
  to.text(table.reason());
}

void read(SlotWriter& to, const ControlTime& table) noexcept {
  to.choice(Slot::Reason, table.reason());
  to.safe(Slot::Deadline, table.deadline());
}

// The fields that IntentDenied and IntentDispatched share beyond the common ones.
template <typename Intent>
void read_intent_terms(SlotWriter& to, const Intent& table) noexcept {
  to.choice(Slot::Side, table.side());
  to.choice(Slot::Type, table.type());
  to.choice(Slot::TimeInForce, table.time_in_force());
}

template <typename Intent>
void read_intent(SlotWriter& to, const Intent& table) noexcept {
  to.order(table.order_id());
  to.index_or_all(Slot::Strategy, table.strategy());
  to.index(Slot::Instrument, table.instrument());
  to.choice(Slot::Action, table.action());
  to.safe(Slot::Price, table.price());
  to.safe(Slot::Quantity, table.quantity());
}

void read(SlotWriter& to, const IntentDenied& table) noexcept {
  read_intent(to, table);
  read_intent_terms(to, table);
  to.choice(Slot::Reason, table.reason());
}

void read(SlotWriter& to, const IntentClosed& table) noexcept {
  read_intent(to, table);
  to.choice(Slot::Reason, table.reason());
}

void read(SlotWriter& to, const IntentDispatched& table) noexcept {
  read_intent(to, table);
  read_intent_terms(to, table);
  to.index(Slot::Venue, table.venue());
}

void read(SlotWriter& to, const StateDigest& table) noexcept {
  to.halves(Slot::DigestLowLow, Slot::DigestLowHigh, table.digest_low());
  to.halves(Slot::DigestHighLow, Slot::DigestHighHigh, table.digest_high());
  to.safe(Slot::Inputs, table.inputs());
  const auto* undecided = table.undecided();
  const std::uint32_t count = count_of(undecided);
  const bool aligned = count == 0 || reinterpret_cast<std::uintptr_t>(undecided->Data()) % alignof(double) == 0;
  if (!admit_entries(to, count, 1, aligned)) return;
  for (std::uint32_t i = 0; i < count; i++) {
    const double value = undecided->Get(i);
    to.require(!std::isnan(value), Status::BadValue);
    to.entries[i] = value;
  }
}

template <typename Table>
void read_as(SlotWriter& to, const Event& event) noexcept {
  read(to, *static_cast<const Table*>(event.body()));
}

void read_body(SlotWriter& to, const Event& event) noexcept {
  switch (event.body_type()) {
    case Body::NONE: to.status = Status::Malformed; return;
    case Body::BookSnapshot: return read_as<BookSnapshot>(to, event);
    case Body::BookDelta: return read_as<BookDelta>(to, event);
    case Body::Trade: return read_as<Trade>(to, event);
    case Body::InstrumentStatus: return read_as<InstrumentStatus>(to, event);
    case Body::OrderAccepted: return read_as<OrderAccepted>(to, event);
    case Body::OrderRejected: return read_as<OrderRejected>(to, event);
    case Body::OrderFilled: return read_as<OrderFilled>(to, event);
    case Body::OrderCancelled: return read_as<OrderCancelled>(to, event);
    case Body::OrderReplaced: return read_as<OrderReplaced>(to, event);
    case Body::CancelRejected: return read_as<CancelRejected>(to, event);
    case Body::ReplaceRejected: return read_as<ReplaceRejected>(to, event);
    case Body::OrderStatusReport: return read_as<OrderStatusReport>(to, event);
    case Body::BalanceReport: return read_as<BalanceReport>(to, event);
    case Body::PositionReport: return read_as<PositionReport>(to, event);
    case Body::SessionStarted: return read_as<SessionStarted>(to, event);
    case Body::SessionResumed: return read_as<SessionResumed>(to, event);
    case Body::SessionEnded: return read_as<SessionEnded>(to, event);
    case Body::ConfigurationChanged: return read_as<ConfigurationChanged>(to, event);
    case Body::InstrumentDefined: return read_as<InstrumentDefined>(to, event);
    case Body::TradingStateChanged: return read_as<TradingStateChanged>(to, event);
    case Body::KillSwitchChanged: return read_as<KillSwitchChanged>(to, event);
    case Body::VenueLinkChanged: return read_as<VenueLinkChanged>(to, event);
    case Body::FeedStatusChanged: return read_as<FeedStatusChanged>(to, event);
    case Body::DispatchFailed: return read_as<DispatchFailed>(to, event);
    case Body::OrderDisposed: return read_as<OrderDisposed>(to, event);
    case Body::ReconciliationCompleted: return read_as<ReconciliationCompleted>(to, event);
    case Body::OperatorCommand: return read_as<OperatorCommand>(to, event);
    case Body::ControlTime: return read_as<ControlTime>(to, event);
    case Body::IntentDenied: return read_as<IntentDenied>(to, event);
    case Body::IntentClosed: return read_as<IntentClosed>(to, event);
    case Body::IntentDispatched: return read_as<IntentDispatched>(to, event);
    case Body::StateDigest: return read_as<StateDigest>(to, event);
  }
  to.status = Status::Malformed;
}

}  // namespace

Status decode_event(const std::uint8_t* body, std::uint32_t size, EventMemory& memory) noexcept {
  if (size > kBodySizeMax) return Status::TooLarge;
  if (size < 2 * sizeof(flatbuffers::uoffset_t)) return Status::Malformed;
  if (std::memcmp(body + sizeof(flatbuffers::uoffset_t), EventIdentifier(), 4) != 0) return Status::Malformed;
  flatbuffers::Verifier verifier(body, size, kTableDepthMax, kTableCountMax);
  if (!verifier.VerifyBuffer<Event>(nullptr)) return Status::Malformed;
  const Event* const event = GetEvent(body);
  if (event->body() == nullptr) return Status::Malformed;
  SlotWriter to{memory.input, memory.input_entries, memory.epoch};
  read_body(to, *event);
  if (to.status != Status::Ok) return to.status;
  to.set(Slot::Kind, static_cast<double>(event->body_type()));
  to.set(Slot::BodySize, static_cast<double>(size));
  memory.body = body;
  memory.body_size = size;
  return Status::Ok;
}

RecordClass class_of(Body kind) noexcept {
  if (kind == Body::StateDigest) return RecordClass::Checkpoint;
  return kind >= Body::IntentDenied ? RecordClass::Outcome : RecordClass::Input;
}

std::uint64_t hash_identifier(std::string_view text) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char character : text) {
    hash ^= static_cast<std::uint8_t>(character);
    hash *= 0x100000001B3u;
  }
  return hash == 0 ? 1 : hash;
}

}  // namespace tcx

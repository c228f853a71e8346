// From slots to a sealed record. Reads Kind, Source, Time and Cause; the rest is the encoder's.
#include "journal/derive.h"

#include "event/decode.h"

namespace tcx::journal {

Status stamp_of(const double* slots, const Chain& chain, Record* record) noexcept {
  std::int64_t time = 0;
  std::int64_t source = 0;
  if (!to_integer(slots[slot(Slot::Time)], 0, kSafeMax, &time)) return Status::BadValue;
  if (!to_integer(slots[slot(Slot::Source)], 0, UINT16_MAX, &source)) return Status::BadValue;
  if (time < chain.time) return Status::TimeBackwards;
  record->time = time;
  record->source = static_cast<std::uint16_t>(source);
  return Status::Ok;
}

namespace {

Status derive(const double* slots, const double* entries, std::uint64_t cause, event::RecordClass record_class,
              std::uint8_t* bytes, Chain& chain) noexcept {
  Record record{};
  const Status stamped = stamp_of(slots, chain, &record);
  if (stamped != Status::Ok) return stamped;
  const Status encoded = encode_event(slots, entries, bytes + kRecordHeaderSize);
  if (encoded != Status::Ok) return encoded;
  record.cause = cause;
  record.kind = static_cast<std::uint8_t>(slots[slot(Slot::Kind)]);
  record.record_class = static_cast<std::uint8_t>(record_class);
  record.body_size = encoded_size(slots);
  seal_record(bytes, record, chain);
  return Status::Ok;
}

}  // namespace

Status derive_outcome(const double* slots, const double* entries, std::uint8_t* bytes, Chain& chain) noexcept {
  const event::RecordClass record_class = class_of(static_cast<event::Body>(slots[slot(Slot::Kind)]));
  if (record_class == event::RecordClass::Input) return Status::KindNotAllowed;
  std::int64_t cause = 0;
  const auto last = static_cast<std::int64_t>(chain.position);
  if (!to_integer(slots[slot(Slot::Cause)], 0, last, &cause)) return Status::BadValue;
  return derive(slots, entries, static_cast<std::uint64_t>(cause), record_class, bytes, chain);
}

Status derive_control_time(const double* slots, std::uint8_t* bytes, Chain& chain) noexcept {
  if (slots[slot(Slot::Kind)] != static_cast<double>(event::Body::ControlTime)) return Status::KindNotAllowed;
  return derive(slots, nullptr, 0, event::RecordClass::Input, bytes, chain);
}

}  // namespace tcx::journal

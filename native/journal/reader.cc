// Iteration, the position index (one entry per 1024 records, grown as the file is walked) and verification.
#include "journal/reader.h"

#include "event/decode.h"

namespace tcx::journal {
namespace {

constexpr std::uint64_t kIndexStride = 1024;

}  // namespace

Status decode_record(const Record& record, const std::uint8_t* body, EventMemory& memory) noexcept {
  const Status decoded = decode_event(body, record.body_size, memory);
  if (decoded != Status::Ok) return decoded;
  double* const slots = memory.input;
  if (slots[slot(Slot::Kind)] != static_cast<double>(record.kind)) return Status::Malformed;
  slots[slot(Slot::Class)] = static_cast<double>(record.record_class);
  slots[slot(Slot::Source)] = static_cast<double>(record.source);
  slots[slot(Slot::Position)] = static_cast<double>(record.position);
  slots[slot(Slot::Time)] = static_cast<double>(record.time);
  slots[slot(Slot::Cause)] = static_cast<double>(record.cause);
  return Status::Ok;
}

Status Reader::open(EventMemory& event, const std::string& path, Schema schema, std::unique_ptr<Reader>* reader,
                    std::string* detail) {
  JournalFile file;
  const Status status = open_journal(path, schema, &file, detail);
  if (status != Status::Ok) return status;
  event.epoch = file.header.epoch();
  reader->reset(new Reader(event, std::move(file)));
  return Status::Ok;
}

Reader::Reader(EventMemory& event, JournalFile&& file) : event_(event), file_(std::move(file)), cursor_(file_) {
  index_.push_back(cursor_.tail());
}

Status Reader::next() noexcept {
  if (!open_) return Status::NotOpen;
  const Status status = cursor_.next();
  if (status != Status::Ok) return take_fault(status);
  return decode_current();
}

Status Reader::decode_current() noexcept {
  const Status decoded = decode_record(cursor_.record(), cursor_.body(), event_);
  if (decoded != Status::Ok) return take_fault(cursor_.reject_current("the body cannot be decoded: ", decoded));
  body_ = event_.body;
  body_generation_ = cursor_.generation();
  if (cursor_.record().position % kIndexStride == 0) remember();
  return Status::Ok;
}

Status Reader::take_fault(Status status) noexcept {
  fault_ = cursor_.fault();
  release_body();
  return status;
}

void Reader::release_body() noexcept {
  if (body_ == nullptr || body_generation_ == cursor_.generation()) return;
  if (event_.body == body_) {
    event_.body = nullptr;
    event_.body_size = 0;
  }
  body_ = nullptr;
}

void Reader::close() noexcept {
  open_ = false;
  body_generation_ = UINT64_MAX;
  release_body();
}

void Reader::remember() noexcept {
  if (cursor_.tail().chain.position == index_.size() * kIndexStride) index_.push_back(cursor_.tail());
}

Status Reader::seek(std::uint64_t position) noexcept {
  if (!open_) return Status::NotOpen;
  if (position == 0) return Status::NotFound;
  const Tail before = cursor_.tail();
  const std::uint64_t entry = (position - 1) / kIndexStride;
  cursor_.move_to(index_[entry < index_.size() ? entry : index_.size() - 1]);
  while (cursor_.tail().chain.position + 1 < position) {
    const Status status = cursor_.next();
    if (status != Status::Ok) {
      take_fault(status);
      cursor_.move_to(before);
      return status == Status::End ? Status::NotFound : status;
    }
    if (cursor_.record().position % kIndexStride == 0) remember();
  }
  // The last record before the target may itself be the last one.
  const Tail found = cursor_.tail();
  const Status status = cursor_.next();
  if (status != Status::Ok) take_fault(status);
  cursor_.move_to(status == Status::Ok ? found : before);
  return status == Status::End ? Status::NotFound : status;
}

std::uint64_t Reader::verify() noexcept {
  const auto scratch = std::make_unique_for_overwrite<EventMemory>();
  scratch->epoch = event_.epoch;
  Cursor walk(file_);
  Status status = walk.next();
  for (; status == Status::Ok; status = walk.next()) {
    const Status decoded = decode_record(walk.record(), walk.body(), *scratch);
    if (decoded != Status::Ok) {
      walk.reject_current("the body cannot be decoded: ", decoded);
      break;
    }
  }
  fault_ = walk.fault();
  return fault_.position - 1;
}

}  // namespace tcx::journal

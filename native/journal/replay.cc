// The comparison is one memcmp of the whole record: derived with the chain of what came before, equal bytes have equal
// checksums, so a recorded outcome that compares equal needs no other check.
#include "journal/replay.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "event/decode.h"
#include "journal/derive.h"

namespace tcx::journal {
namespace {

constexpr std::size_t kOutputBufferSize = 1u << 20;
// The largest record tcx derives: a StateDigest with all its doubles.
constexpr std::size_t kDerivedSizeMax = record_size(128 + kUndecidedCountMax * sizeof(double));

}  // namespace

Status Replay::open(EventMemory& event, const std::string& path, const std::string& output, Schema schema,
                    std::unique_ptr<Replay>* replay, std::string* detail) {
  std::unique_ptr<Reader> reader;
  Status status = Reader::open(event, path, schema, &reader, detail);
  if (status != Status::Ok) return status;
  std::unique_ptr<Replay> made(new Replay(event, std::move(reader)));
  if (!output.empty()) status = made->open_output(output, detail);
  if (status == Status::Ok) *replay = std::move(made);
  return status;
}

Replay::Replay(EventMemory& event, std::unique_ptr<Reader> reader) : event_(event), reader_(std::move(reader)) {
  scratch_.resize(kDerivedSizeMax / sizeof(std::uint64_t));
}

Replay::~Replay() { close(); }

Status Replay::next_input() noexcept {
  if (ended_ != Status::Ok) return ended_;
  if (past_end_) return ended_ = Status::End;
  Cursor& cursor = reader_->cursor();
  const Status status = cursor.next();
  if (status == Status::End) return reader_->take_fault(status);  // not sticky: the journal may be growing
  if (status != Status::Ok) return ended_ = reader_->take_fault(status);
  const Record& record = cursor.record();
  if (record.record_class != static_cast<std::uint8_t>(event::RecordClass::Input)) {
    difference_ = {record.position, {cursor.bytes(), cursor.bytes() + record.size}, {}};
    return ended_ = Status::Diverged;
  }
  const Status decoded = reader_->decode_current();
  if (decoded != Status::Ok) return ended_ = decoded;
  write_output(cursor.bytes(), record.size);
  return output_status_;
}

Result Replay::append_outcome() noexcept {
  if (ended_ != Status::Ok && !past_end_) return failure(ended_);
  const std::uint64_t size = derived_size(event_.outcome);
  if (size == 0) return failure(Status::KindNotAllowed);
  if (past_end_) return append_past_end(size);
  auto* const bytes = reinterpret_cast<std::uint8_t*>(scratch_.data());
  Chain chain = reader_->cursor().tail().chain;
  const Status derived = derive_outcome(event_.outcome, event_.outcome_entries, bytes, chain);
  if (derived != Status::Ok) return failure(derived);
  const auto commit_word = static_cast<std::uint32_t>(size);
  std::memcpy(bytes, &commit_word, sizeof commit_word);
  const bool equal = reader_->cursor().skip_equal(bytes, commit_word, chain);
  reader_->release_body();
  if (!equal) return diverge(bytes, size);
  event_.outcome[slot(Slot::Position)] = static_cast<double>(chain.position);
  write_output(bytes, size);
  return output_status_ == Status::Ok ? static_cast<Result>(chain.position) : failure(output_status_);
}

// The record at the cursor is not the derived one: another one, a damaged one, or none because the journal ends here.
Result Replay::diverge(const std::uint8_t* derived, std::size_t size) noexcept {
  Cursor& cursor = reader_->cursor();
  const Tail before = cursor.tail();
  const Status status = cursor.next();
  if (status == Status::End || status == Status::Torn) {
    reader_->take_fault(status);
    past_end_ = true;
    pending_chain_ = before.chain;
    return append_past_end(size);
  }
  if (status != Status::Ok) return failure(ended_ = reader_->take_fault(status));
  const Record& record = cursor.record();
  difference_ = {record.position, {cursor.bytes(), cursor.bytes() + record.size}, {derived, derived + size}};
  cursor.move_to(before);
  ended_ = Status::Diverged;
  return failure(ended_);
}

Result Replay::append_past_end(std::uint64_t size) noexcept {
  auto* const bytes = reinterpret_cast<std::uint8_t*>(scratch_.data());
  const Status derived = derive_outcome(event_.outcome, event_.outcome_entries, bytes, pending_chain_);
  if (derived != Status::Ok) return failure(derived);
  const auto commit_word = static_cast<std::uint32_t>(size);
  std::memcpy(bytes, &commit_word, sizeof commit_word);
  pending_.insert(pending_.end(), bytes, bytes + size);
  event_.outcome[slot(Slot::Position)] = static_cast<double>(pending_chain_.position);
  return static_cast<Result>(pending_chain_.position);
}

Status Replay::resume(const WriterOptions& options, std::unique_ptr<Writer>* writer, std::string* detail) {
  const std::string& path = reader_->file().path;
  if (closed_) {
    *detail = "resume " + path + ": the replay is closed";
    return Status::NotOpen;
  }
  if (ended_ != Status::Ok && ended_ != Status::End && ended_ != Status::Torn) {
    *detail = "resume " + path + ": the journal is not replayed to its end: " + describe(ended_);
    return ended_;
  }
  File locked;
  Status status = open_locked(path, &locked, detail);
  if (status != Status::Ok) return status;
  // Under the lock: is this still the end? Another process may have continued the journal since it was read.
  Cursor& cursor = reader_->cursor();
  const Tail tail = cursor.tail();
  status = cursor.next();
  if (status != Status::End && status != Status::Torn) {
    *detail = "resume " + path + ": expected the end at offset " + std::to_string(tail.offset) + " after position " +
              std::to_string(tail.chain.position) + ", found " +
              (status == Status::Ok ? "another record" : cursor.fault().detail);
    return status == Status::Ok ? Status::OutOfOrder : status;
  }
  WriterOptions here = options;
  here.path = path;
  status = Writer::resume(event_, here, locked, tail, pending_, writer, detail);
  if (status == Status::Ok) close();
  return status;
}

// ── the derived journal ─────────────────────────────────────────────────────────────────────────

Status Replay::open_output(const std::string& path, std::string* detail) {
  output_ = File(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640));
  if (!output_.is_open()) return failed("create", path, errno, detail);
  output_bytes_.reserve(kOutputBufferSize);
  HeaderPage page;
  std::size_t count = 0;
  const int error = read_at(reader_->file().file.descriptor(), 0, page.data(), page.size(), &count);
  if (error != 0) return failed("read", reader_->file().path, error, detail);
  write_output(page.data(), page.size());
  return Status::Ok;
}

void Replay::write_output(const std::uint8_t* bytes, std::size_t size) noexcept {
  if (!output_.is_open()) return;
  if (output_bytes_.size() + size > kOutputBufferSize) flush_output();
  output_bytes_.insert(output_bytes_.end(), bytes, bytes + size);
}

void Replay::flush_output() noexcept {
  for (std::size_t done = 0; done < output_bytes_.size() && output_status_ == Status::Ok;) {
    const ssize_t wrote = write(output_.descriptor(), output_bytes_.data() + done, output_bytes_.size() - done);
    if (wrote >= 0) done += static_cast<std::size_t>(wrote);
    if (wrote < 0 && errno != EINTR) output_status_ = status_of_errno(errno);
  }
  output_bytes_.clear();
}

Status Replay::close() noexcept {
  if (closed_) return output_status_;
  closed_ = true;
  if (output_.is_open()) {
    flush_output();
    if (output_status_ == Status::Ok && fdatasync(output_.descriptor()) != 0) output_status_ = status_of_errno(errno);
    output_.close();
  }
  reader_->close();
  return output_status_;
}

}  // namespace tcx::journal

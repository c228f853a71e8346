// The append path, then creation, resumption and close. Order of stores of an append: the next record's commit word is
// zeroed, header and body are written, the commit word is stored with release order. So a reader that sees a commit word
// sees the record, and behind it a zero or a record.
#include "journal/writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "event/decode.h"
#include "journal/derive.h"

namespace tcx::journal {
namespace {

using view::WriterStatistic;

constexpr std::uint64_t kReservedMax = std::uint64_t{64} << 30;
constexpr std::uint64_t kReservedMin = std::uint64_t{1} << 30;
constexpr std::uint64_t kExtentSizeMax = std::uint64_t{1} << 30;
constexpr std::uint64_t kCommitWordRoom = 8;  // the next record's commit word is zeroed before this one is published

}  // namespace

Writer::Writer(EventMemory& event, const WriterOptions& options) : event_(event), options_(options) {}

Writer::~Writer() {
  keeper_.stop();
  unmap();
}

Result Writer::offer(const std::uint8_t* frame, std::size_t size) noexcept {
  offered_size_ = 0;
  if (!open_) return failure(Status::NotOpen);
  if (size > kBodySizeMax) return failure(Status::TooLarge);
  const Status room = room_for(record_size(size));
  if (room != Status::Ok) return failure(room);
  std::uint8_t* const body = base_ + tail_ + kRecordHeaderSize;
  std::memcpy(body, frame, size);
  const Status decoded = decode_event(body, static_cast<std::uint32_t>(size), event_);
  if (decoded != Status::Ok) return failure(decoded);
  const auto kind = static_cast<event::Body>(event_.input[slot(Slot::Kind)]);
  if (class_of(kind) != event::RecordClass::Input) return failure(Status::KindNotAllowed);
  offered_size_ = static_cast<std::uint32_t>(size);
  return static_cast<Result>(kind);
}

Result Writer::commit() noexcept {
  if (offered_size_ == 0) return failure(Status::NotOpen);
  Record record{};
  const Status stamped = stamp_of(event_.input, chain_, &record);
  if (stamped != Status::Ok) return failure(stamped);
  record.kind = static_cast<std::uint8_t>(event_.input[slot(Slot::Kind)]);
  record.record_class = static_cast<std::uint8_t>(event::RecordClass::Input);
  record.body_size = offered_size_;
  const std::uint32_t size = seal_record(base_ + tail_, record, chain_);
  offered_size_ = 0;
  event_.input[slot(Slot::Class)] = record.record_class;
  event_.input[slot(Slot::Cause)] = 0;
  event_.input[slot(Slot::Position)] = static_cast<double>(chain_.position);
  return publish(size);
}

Result Writer::append_control_time() noexcept {
  offered_size_ = 0;
  if (!open_) return failure(Status::NotOpen);
  const std::uint64_t size = derived_size(event_.input);
  if (size == 0) return failure(Status::KindNotAllowed);
  const Status room = room_for(size);
  if (room != Status::Ok) return failure(room);
  std::uint8_t* const bytes = base_ + tail_;
  const Status derived = derive_control_time(event_.input, bytes, chain_);
  if (derived != Status::Ok) return failure(derived);
  event_.body = bytes + kRecordHeaderSize;
  event_.body_size = load_record(bytes).body_size;
  event_.input[slot(Slot::BodySize)] = event_.body_size;
  event_.input[slot(Slot::Class)] = static_cast<double>(event::RecordClass::Input);
  event_.input[slot(Slot::Cause)] = 0;
  event_.input[slot(Slot::Position)] = static_cast<double>(chain_.position);
  return publish(size);
}

Result Writer::append_outcome() noexcept {
  offered_size_ = 0;
  if (!open_) return failure(Status::NotOpen);
  const std::uint64_t size = derived_size(event_.outcome);
  if (size == 0) return failure(Status::KindNotAllowed);
  const bool dispatched =
      event_.outcome[slot(Slot::Kind)] == static_cast<double>(event::Body::IntentDispatched);
  if (dispatched && dispatch_count_ == kDispatchFrameCount) return failure(Status::TooLarge);
  const Status room = room_for(size);
  if (room != Status::Ok) return failure(room);
  std::uint8_t* const bytes = base_ + tail_;
  const Status derived = derive_outcome(event_.outcome, event_.outcome_entries, bytes, chain_);
  if (derived != Status::Ok) return failure(derived);
  if (dispatched) std::memcpy(dispatch_frames_[dispatch_count_++], bytes + kRecordHeaderSize, kDispatchBodySize);
  event_.outcome[slot(Slot::Position)] = static_cast<double>(chain_.position);
  return publish(size);
}

inline Status Writer::room_for(std::uint64_t size) noexcept {
  const std::uint64_t end = tail_ + size + kCommitWordRoom;
  return end <= room_mark_ ? Status::Ok : find_room(end);
}

// Below the mark the keeper is sure to be ahead. Beyond it the keeper is woken once, and only without room waited for.
Status Writer::find_room(std::uint64_t end) noexcept {
  std::uint64_t writable = keeper_.writable_end();
  if (end > writable) {
    statistics_[static_cast<std::size_t>(WriterStatistic::AppendStalls)] += 1;
    const Status status = keeper_.make_room(end);
    if (status != Status::Ok) return status;
    writable = keeper_.writable_end();
  }
  const std::uint64_t ahead = kExtentsAhead * options_.extent_size;
  const std::uint64_t low_mark = writable > ahead ? writable - ahead : 0;
  if (end > low_mark) keeper_.wake();
  room_mark_ = end > low_mark ? writable : low_mark;
  return Status::Ok;
}

// Makes the sealed record at the tail part of the stream.
inline Result Writer::publish(std::uint64_t size) noexcept {
  std::uint8_t* const bytes = base_ + tail_;
  std::memset(bytes + size, 0, kCommitWordRoom);
  // Pairs with the acquire that a reader's system call implies: whoever sees the size sees the record.
  std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(bytes))
      .store(static_cast<std::uint32_t>(size), std::memory_order_release);
  keeper_.publish(tail_);
  tail_ += size;
  statistics_[static_cast<std::size_t>(WriterStatistic::Position)] = static_cast<double>(chain_.position);
  statistics_[static_cast<std::size_t>(WriterStatistic::Time)] = static_cast<double>(chain_.time);
  statistics_[static_cast<std::size_t>(WriterStatistic::Offset)] = static_cast<double>(tail_);
  return static_cast<Result>(chain_.position);
}

void Writer::unmap() noexcept {
  if (base_ == nullptr) return;
  const auto body = reinterpret_cast<std::uintptr_t>(event_.body);
  const auto base = reinterpret_cast<std::uintptr_t>(base_);
  if (body - base < reserved_) {
    event_.body = nullptr;
    event_.body_size = 0;
  }
  munmap(base_, reserved_);
  base_ = nullptr;
}

Status Writer::sync() noexcept { return open_ ? keeper_.sync(tail_) : Status::NotOpen; }

Status Writer::close() noexcept {
  if (!open_) return Status::Ok;
  open_ = false;
  offered_size_ = 0;
  const Status synced = keeper_.sync(tail_);
  keeper_.stop();
  // The synced fields must be on disk before the cut: a file that ends with its last record claims a clean close.
  const int header_error = options_.disk->sync(base_, kFileHeaderSize);
  unmap();
  if (synced != Status::Ok) return synced;
  if (header_error != 0) return status_of_errno(header_error);
  if (ftruncate(file_.descriptor(), static_cast<off_t>(tail_)) != 0) return status_of_errno(errno);
  if (fsync(file_.descriptor()) != 0) return status_of_errno(errno);
  file_.close();
  return Status::Ok;
}

// ── creation and resumption ─────────────────────────────────────────────────────────────────────

namespace {

Status check_options(const WriterOptions& options, std::string* detail) {
  if (options.extent_size == 0 || options.extent_size % kPageSize != 0 || options.extent_size > kExtentSizeMax) {
    *detail = "extentSize is " + std::to_string(options.extent_size) + ", expected a multiple of 4096 up to 1 GiB";
    return Status::BadValue;
  }
  return Status::Ok;
}

Status lock(const File& file, const std::string& path, std::string* detail) {
  if (flock(file.descriptor(), LOCK_EX | LOCK_NB) == 0) return Status::Ok;
  if (errno != EWOULDBLOCK) return failed("lock", path, errno, detail);
  *detail = "lock " + path + ": another process is writing this journal";
  return Status::Locked;
}

// A file without a name where the file system can do that; otherwise the named file itself, which must not exist.
Status open_new(const std::string& path, File* file, bool* named, std::string* detail) {
  const std::size_t slash = path.find_last_of('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  *named = false;
  *file = File(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0640));
  if (file->is_open()) return Status::Ok;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return failed("create", path, errno, detail);
  *named = true;
  *file = File(open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0640));
  return file->is_open() ? Status::Ok : failed("create", path, errno, detail);
}

// An existing file answers Locked while it is being written, else Exists.
Status judge_existing(const std::string& path, std::string* detail) {
  const File existing(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (existing.is_open() && flock(existing.descriptor(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    *detail = "create " + path + ": another process is writing this journal";
    return Status::Locked;
  }
  *detail = "create " + path + ": the file exists; a journal is never overwritten";
  return Status::Exists;
}

Status give_name(const File& file, const std::string& path, std::string* detail) {
  const std::string unnamed = "/proc/self/fd/" + std::to_string(file.descriptor());
  if (linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return Status::Ok;
  return errno == EEXIST ? judge_existing(path, detail) : failed("create", path, errno, detail);
}

}  // namespace

Status open_locked(const std::string& path, File* file, std::string* detail) {
  *file = File(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file->is_open()) return failed("open", path, errno, detail);
  return lock(*file, path, detail);
}

Status Writer::create(EventMemory& event, const WriterOptions& options, const Identity& identity,
                      std::unique_ptr<Writer>* writer, std::string* detail) {
  const Status checked = check_options(options, detail);
  if (checked != Status::Ok) return checked;
  if (identity.session_id.empty() || identity.session_id.size() > kSessionIdMax) {
    *detail = "sessionId has " + std::to_string(identity.session_id.size()) + " characters, expected 1 to 64";
    return Status::BadValue;
  }
  if (access(options.path.c_str(), F_OK) == 0) return judge_existing(options.path, detail);
  std::unique_ptr<Writer> made(new Writer(event, options));
  bool named = false;
  Status status = open_new(options.path, &made->file_, &named, detail);
  if (status != Status::Ok) return status;
  status = lock(made->file_, options.path, detail);
  const HeaderPage page = make_header_page(identity, static_cast<std::uint32_t>(options.extent_size));
  const FileHeader header = header_of(page);
  int error = 0;
  if (status == Status::Ok) error = write_at(made->file_.descriptor(), 0, page.data(), page.size());
  if (status == Status::Ok && error == 0 && fsync(made->file_.descriptor()) != 0) error = errno;
  if (error != 0) status = failed("write the header of", options.path, error, detail);
  if (status == Status::Ok) status = made->begin({kFileHeaderSize, {header.created_crc(), 0, 0}}, detail);
  if (status == Status::Ok && !named) status = give_name(made->file_, options.path, detail);
  if (status != Status::Ok && named) unlink(options.path.c_str());
  if (status != Status::Ok) return status;
  error = sync_directory_of(options.path);
  if (error != 0) return failed("sync the directory of", options.path, error, detail);
  event.epoch = identity.epoch;
  *writer = std::move(made);
  return Status::Ok;
}

Status Writer::resume(EventMemory& event, const WriterOptions& options, const File& locked, const Tail& tail,
                      const std::vector<std::uint8_t>& pending, std::unique_ptr<Writer>* writer, std::string* detail) {
  const Status checked = check_options(options, detail);
  if (checked != Status::Ok) return checked;
  std::unique_ptr<Writer> made(new Writer(event, options));
  // The duplicate shares the lock, so the caller's descriptor may go.
  made->file_ = File(fcntl(locked.descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!made->file_.is_open()) return failed("open", options.path, errno, detail);
  const int descriptor = made->file_.descriptor();
  // Whole records first, then the claim that they are on disk, then the cut: at each of these points a crash leaves a
  // journal with the same whole records.
  int error = fdatasync(descriptor) == 0 ? 0 : errno;
  if (error == 0) error = write_at(descriptor, kSyncedPositionAt, &tail.chain.position, sizeof tail.chain.position);
  if (error == 0) error = write_at(descriptor, kSyncedOffsetAt, &tail.offset, sizeof tail.offset);
  if (error == 0 && fdatasync(descriptor) != 0) error = errno;
  if (error == 0 && ftruncate(descriptor, static_cast<off_t>(tail.offset)) != 0) error = errno;
  if (error == 0 && fsync(descriptor) != 0) error = errno;
  if (error != 0) return failed("resume", options.path, error, detail);
  Status status = made->begin(tail, detail);
  if (status == Status::Ok) status = made->append_pending(pending);
  if (status != Status::Ok) {
    if (detail->empty()) *detail = "resume " + options.path + ": " + describe(status);
    return status;
  }
  *writer = std::move(made);
  return Status::Ok;
}

// Maps the file and starts the keeper. The mapping is as long as the file may ever grow, so that addresses never move;
// beyond the allocated end it is not touched.
Status Writer::begin(const Tail& tail, std::string* detail) {
  void* mapped = MAP_FAILED;
  for (reserved_ = kReservedMax; mapped == MAP_FAILED && reserved_ >= kReservedMin; reserved_ /= 2) {
    mapped = mmap(nullptr, reserved_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_.descriptor(), 0);
    if (mapped != MAP_FAILED) break;
  }
  if (mapped == MAP_FAILED) return failed("map", options_.path, errno, detail);
  base_ = static_cast<std::uint8_t*>(mapped);
  madvise(base_, reserved_, MADV_DONTDUMP);
  tail_ = tail.offset;
  chain_ = tail.chain;
  statistics_[static_cast<std::size_t>(WriterStatistic::Position)] = static_cast<double>(chain_.position);
  statistics_[static_cast<std::size_t>(WriterStatistic::Time)] = static_cast<double>(chain_.time);
  statistics_[static_cast<std::size_t>(WriterStatistic::Offset)] = static_cast<double>(tail_);
  Keeper::Plan plan;
  plan.descriptor = file_.descriptor();
  plan.base = base_;
  plan.reserved = reserved_;
  plan.extent_size = options_.extent_size;
  plan.tail = tail_;
  plan.position = chain_.position;
  plan.durability = options_.durability;
  plan.interval_ms = options_.interval_ms;
  plan.cpu = options_.helper_cpu;
  plan.disk = options_.disk;
  plan.statistics = statistics_;
  const Status status = keeper_.start(plan);
  if (status != Status::Ok) *detail = "allocate " + options_.path + ": " + describe(status);
  open_ = status == Status::Ok;
  return status;
}

Status Writer::append_pending(const std::vector<std::uint8_t>& pending) noexcept {
  for (std::size_t at = 0; at < pending.size();) {
    const Record record = load_record(pending.data() + at);
    const Status room = room_for(record.size);
    if (room != Status::Ok) return room;
    std::memcpy(base_ + tail_ + sizeof record.size, pending.data() + at + sizeof record.size,
                record.size - sizeof record.size);
    chain_ = {record.crc, record.position, record.time};
    publish(record.size);
    at += record.size;
  }
  return Status::Ok;
}

}  // namespace tcx::journal

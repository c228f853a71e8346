// E3: what was appended never changes, and a change is found. The fast path accepts; everything else is cold and takes
// its time to say what is wrong. The rules are drawn up in docs/journal-format.md: a flaw before the synced offset is
// damage; after it, damage when a good record follows, a torn tail otherwise.
#include "journal/cursor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "event/decode.h"

namespace tcx::journal {
namespace {

constexpr std::uint64_t kNever = UINT64_MAX;

bool is_before_boot(const timespec& moment) noexcept {
  timespec real{};
  timespec since_boot{};
  clock_gettime(CLOCK_REALTIME, &real);
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  constexpr time_t doubt = 2;  // seconds; in doubt the stricter verdict
  return moment.tv_sec < real.tv_sec - since_boot.tv_sec - doubt;
}

std::string number(std::uint64_t value) { return std::to_string(value); }

}  // namespace

bool JournalFile::refresh() noexcept {
  HeaderPage page;
  std::size_t count = 0;
  if (read_at(file.descriptor(), 0, page.data(), page.size(), &count) != 0 || count != page.size()) return false;
  const FileHeader now = header_of(page);
  const bool changed =
      now.synced_offset() != header.synced_offset() || now.synced_position() != header.synced_position();
  header = now;
  return changed;
}

Status open_journal(const std::string& path, Schema schema, JournalFile* file, std::string* detail) {
  file->path = path;
  file->file = File(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file->file.is_open()) return failed("open", path, errno, detail);
  struct stat facts {};
  if (fstat(file->file.descriptor(), &facts) != 0) return failed("inspect", path, errno, detail);
  if (!S_ISREG(facts.st_mode)) {
    *detail = "open " + path + ": not a regular file";
    return Status::Foreign;
  }
  file->size = static_cast<std::uint64_t>(facts.st_size);
  file->written_before_boot = is_before_boot(facts.st_mtim);
  HeaderPage page{};
  std::size_t count = 0;
  const int error = read_at(file->file.descriptor(), 0, page.data(), page.size(), &count);
  if (error != 0) return failed("read", path, error, detail);
  if (count == 0) {
    *detail = "open " + path + ": the file is empty";
    return Status::Empty;
  }
  std::string reason;
  Status status = check_header_page(page, &reason);
  file->header = header_of(page);
  if (status != Status::Foreign && count < page.size()) {
    status = Status::Truncated;
    reason = "the file has " + number(count) + " bytes, the header alone has " + number(page.size());
  } else if (status == Status::Ok && file->size < file->header.synced_offset()) {
    status = Status::Truncated;
    reason = "the file has " + number(file->size) + " bytes, but " + number(file->header.synced_offset()) +
             " were on disk";
  } else if (status == Status::Ok && schema == Schema::Same) {
    SchemaHash written;
    std::copy_n(file->header.schema_hash()->data(), written.size(), written.begin());
    if (written != build_schema_hash()) {
      status = Status::SchemaHash;
      reason = "written with schema " + hex_of(written) + ", this build has " + hex_of(build_schema_hash());
    }
  }
  if (status != Status::Ok) {
    *detail = "open " + path + ": " + reason;
    return status;
  }
  posix_fadvise(file->file.descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return Status::Ok;
}

Cursor::Cursor(JournalFile& file) noexcept
    : file_(file),
      window_(file.file.descriptor()),
      offset_(0),
      synced_check_(0) {
  move_to({kFileHeaderSize, {file.header.created_crc(), 0, 0}});
}

Status Cursor::next() noexcept {
  const Flaw flaw = examine();
  if (flaw == Flaw::None) [[likely]] {
    advance();
    return offset_ < synced_check_ ? Status::Ok : check_synced();
  }
  // What is in memory may be older than what is in the file, or a mixture while a writer works: look again.
  window_.invalidate();
  const Flaw again = examine();
  if (again == Flaw::None) {
    advance();
    return offset_ < synced_check_ ? Status::Ok : check_synced();
  }
  return judge(again);
}

bool Cursor::skip_equal(const std::uint8_t* expected, std::uint32_t size, const Chain& after) noexcept {
  const std::uint8_t* const found = window_.at(offset_, size);
  if (found == nullptr || std::memcmp(found, expected, size) != 0) return false;
  bytes_ = found;
  record_ = load_record(found);
  record_offset_ = offset_;
  before_ = chain_;
  offset_ += size;
  chain_ = after;
  return offset_ < synced_check_ || check_synced() == Status::Ok;
}

void Cursor::move_to(const Tail& tail) noexcept {
  offset_ = tail.offset;
  chain_ = tail.chain;
  synced_check_ = offset_ < file_.header.synced_offset() ? file_.header.synced_offset() : kNever;
  bytes_ = nullptr;
}

inline Cursor::Flaw Cursor::examine() noexcept {
  const std::uint8_t* bytes = window_.at(offset_, kRecordHeaderSize);
  if (bytes == nullptr) return window_.status() == Status::Ok ? Flaw::Cut : Flaw::Unreadable;
  const Record record = load_record(bytes);
  if (record.size == 0) return Flaw::Unpublished;
  if (!is_plausible(record)) return Flaw::Size;
  if (record.position != chain_.position + 1) return Flaw::Position;
  bytes = window_.at(offset_, record.size);
  if (bytes == nullptr) return window_.status() == Status::Ok ? Flaw::Cut : Flaw::Unreadable;
  if (record.crc != chained_crc(chain_.crc, bytes, record.body_size)) return Flaw::Checksum;
  if (!is_padding_zero(bytes, record)) return Flaw::Padding;
  if (record.time < chain_.time || record.time > kSafeMax) return Flaw::Time;
  if (record.kind == 0 || record.kind > static_cast<std::uint8_t>(event::Body::MAX) ||
      record.record_class != static_cast<std::uint8_t>(class_of(static_cast<event::Body>(record.kind)))) {
    return Flaw::Kind;
  }
  if (record.cause >= record.position || record.position > static_cast<std::uint64_t>(kSafeMax)) return Flaw::Cause;
  record_ = record;
  bytes_ = bytes;
  return Flaw::None;
}

inline void Cursor::advance() noexcept {
  record_offset_ = offset_;
  before_ = chain_;
  offset_ += record_.size;
  chain_ = {record_.crc, record_.position, record_.time};
}

// The walk has reached the synced offset: the synced fields must name exactly this record, or, after a crash between
// their two stores, a later position (Keeper::flush).
Status Cursor::check_synced() noexcept {
  const std::uint64_t synced = file_.header.synced_offset();
  if (offset_ == synced && chain_.position <= file_.header.synced_position()) {
    synced_check_ = kNever;
    return Status::Ok;
  }
  offset_ = record_offset_;
  chain_ = before_;
  return end_with(Status::Corrupt, "the file header says that position " + number(file_.header.synced_position()) +
                                       " ends at offset " + number(synced) + ", which no record does");
}

// The header at the cursor; zeros when the file has shrunk meanwhile.
Record Cursor::peek() noexcept {
  const std::uint8_t* const bytes = window_.at(offset_, kRecordHeaderSize);
  return bytes == nullptr ? Record{} : load_record(bytes);
}

Status Cursor::judge(Flaw flaw) noexcept {
  const std::uint64_t synced = file_.header.synced_offset();
  if (flaw == Flaw::Unreadable) return end_with(window_.status(), "the file cannot be read here");
  if (flaw == Flaw::Unpublished) return judge_unpublished();
  const std::size_t available = window_.available(offset_, kRecordHeaderSize);
  if (flaw == Flaw::Cut && available < kRecordHeaderSize) {
    const std::uint8_t* const rest = available == 0 ? nullptr : window_.at(offset_, available);
    const bool blank = available == 0 || (rest != nullptr && std::all_of(rest, rest + available,
                                                                         [](std::uint8_t byte) { return byte == 0; }));
    if (offset_ < synced) return end_with(Status::Truncated, "the file ends before the synced offset " + number(synced));
    return blank ? judge_end() : end_with(Status::Torn, "the file ends within a record header");
  }
  const Record record = peek();
  if (flaw == Flaw::Position) {
    return end_with(Status::OutOfOrder, "found position " + number(record.position) + ", expected " +
                                            number(chain_.position + 1));
  }
  // A valid checksum over a record no writer makes: not a torn write.
  if (flaw == Flaw::Time) return end_with(Status::Corrupt, "Sequencing Time runs backwards");
  if (flaw == Flaw::Kind) return end_with(Status::Corrupt, "kind and class do not belong together");
  if (flaw == Flaw::Cause) return end_with(Status::Corrupt, "the cause is not an earlier record");
  const char* const what = flaw == Flaw::Cut        ? "the file ends within the record"
                           : flaw == Flaw::Size     ? "the record's size and its body's size do not agree"
                           : flaw == Flaw::Checksum ? "the checksum does not match"
                                                    : "the padding is not zero";
  if (offset_ < synced) return end_with(flaw == Flaw::Cut ? Status::Truncated : Status::Corrupt, what);
  if (!file_.written_before_boot && has_follower(record)) {
    return end_with(Status::Corrupt, std::string(what) + ", and a good record follows");
  }
  return end_with(Status::Torn, what);
}

// A zero commit word: the end, unless something says that a record was published here.
Status Cursor::judge_unpublished() noexcept {
  const std::uint64_t synced = file_.header.synced_offset();
  if (offset_ < synced) {
    return end_with(Status::Corrupt, "no record here, but the file header says everything before offset " +
                                         number(synced) + " is on disk");
  }
  const Record record = peek();
  if (!file_.written_before_boot && record.position == chain_.position + 1 && has_follower(record)) {
    // A writer may have published both since the commit word was read.
    window_.invalidate();
    if (peek().size != 0) return next();
    return end_with(Status::Corrupt, "the commit word is zero, and a good record follows");
  }
  return judge_end();
}

// The end of the whole records: the last word on the synced fields, which a walk that never met them has not checked.
Status Cursor::judge_end() noexcept {
  fault_.status = Status::End;
  fault_.offset = offset_;
  fault_.position = chain_.position + 1;
  fault_.detail.clear();
  const auto is_wrong = [this] {
    if (file_.header.synced_position() > chain_.position) return true;
    struct stat facts {};
    if (fstat(file_.file.descriptor(), &facts) != 0) return false;
    const bool closed = static_cast<std::uint64_t>(facts.st_size) == offset_;
    return closed && file_.header.synced_position() == chain_.position && file_.header.synced_offset() != offset_;
  };
  if (!is_wrong()) return Status::End;
  if (file_.refresh()) {
    synced_check_ = offset_ < file_.header.synced_offset() ? file_.header.synced_offset() : kNever;
    return next();
  }
  return end_with(Status::Corrupt, "the file header says that position " + number(file_.header.synced_position()) +
                                       " ends at offset " + number(file_.header.synced_offset()) +
                                       "; the last record is position " + number(chain_.position));
}

// True when behind the flawed record a record stands whose checksum continues it: what is flawed was once whole. Either
// size may be the flawed one, and so may the stored checksum.
bool Cursor::has_follower(const Record& record) noexcept {
  std::uint32_t computed = record.crc;
  if (record.body_size <= kBodySizeMax) {
    const std::uint8_t* const bytes = window_.at(offset_, kRecordHeaderSize + record.body_size);
    if (bytes != nullptr) computed = chained_crc(chain_.crc, bytes, record.body_size);
  }
  for (const std::uint64_t size : {std::uint64_t{record.size}, record_size(record.body_size)}) {
    if (size <= kRecordHeaderSize || size > kRecordSizeMax || size % 8 != 0) continue;
    if (is_follower(offset_ + size, record.crc) || is_follower(offset_ + size, computed)) return true;
  }
  return false;
}

bool Cursor::is_follower(std::uint64_t offset, std::uint32_t seed) noexcept {
  const std::uint8_t* bytes = window_.at(offset, kRecordHeaderSize);
  if (bytes == nullptr) return false;
  const Record record = load_record(bytes);
  if (!is_plausible(record) || record.position <= chain_.position + 1) return false;
  bytes = window_.at(offset, record.size);
  return bytes != nullptr && record.crc == chained_crc(seed, bytes, record.body_size);
}

Status Cursor::reject_current(const char* what, Status reason) noexcept {
  offset_ = record_offset_;
  chain_ = before_;
  return end_with(Status::Corrupt, std::string(what) + describe(reason));
}

Status Cursor::end_with(Status status, std::string detail) noexcept {
  fault_ = {status, offset_, chain_.position + 1, std::move(detail)};
  return status;
}

}  // namespace tcx::journal

// Text and errno mapping of Status. Must never allocate: it runs on failure paths.
#include "base/status.h"

#include <cerrno>

namespace tcx {

const char* describe(Status status) noexcept {
  switch (status) {
    case Status::Ok: return "ok";
    case Status::End: return "end of the journal";
    case Status::Torn: return "torn record at the tail";
    case Status::Corrupt: return "corrupt record";
    case Status::OutOfOrder: return "record out of order";
    case Status::Malformed: return "malformed Event";
    case Status::KindNotAllowed: return "kind not allowed here";
    case Status::BadValue: return "value out of range";
    case Status::TooLarge: return "too large";
    case Status::NoSpace: return "no space on the device";
    case Status::Io: return "input/output error";
    case Status::NotFound: return "not found";
    case Status::Exists: return "exists already";
    case Status::Locked: return "locked by another writer";
    case Status::Foreign: return "not a tcx journal";
    case Status::FormatVersion: return "unknown journal format version";
    case Status::SchemaHash: return "written with another schema";
    case Status::Truncated: return "shorter than what was synced";
    case Status::Empty: return "empty file";
    case Status::NotOpen: return "not open";
    case Status::Diverged: return "derived record differs from the recorded one";
    case Status::Permission: return "permission denied";
    case Status::Unsupported: return "not supported here";
    case Status::TimeBackwards: return "Sequencing Time went backwards";
  }
  return "unknown status";
}

Status status_of_errno(int error) noexcept {
  switch (error) {
    case 0: return Status::Ok;
    case ENOENT:
    case ENOTDIR: return Status::NotFound;
    case EEXIST: return Status::Exists;
    case EACCES:
    case EPERM:
    case EROFS: return Status::Permission;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return Status::NoSpace;
    case EWOULDBLOCK: return Status::Locked;
    case EOPNOTSUPP: return Status::Unsupported;
    default: return Status::Io;
  }
}

}  // namespace tcx

// Replays a journal: gives its inputs, compares each outcome derived from them with the recorded one, byte for byte, and
// may write the derived journal. Where a journal ends within a step, keeps the rest of the step's outcomes and turns into
// the writer that appends them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "journal/reader.h"
#include "journal/writer.h"

namespace tcx::journal {

class Replay {
 public:
  // `output`: path of the derived journal, which must not exist; empty for none.
  static Status open(EventMemory& event, const std::string& path, const std::string& output, Schema schema,
                     std::unique_ptr<Replay>* replay, std::string* detail);
  ~Replay();

  // Decodes the next input. Ok, End, Diverged (an outcome was recorded that was not derived), or the reader's fault.
  Status next_input() noexcept;
  // Encodes the outcome view as the next record and compares. Returns its position, or a Status.
  Result append_outcome() noexcept;

  struct Difference {
    std::uint64_t position = 0;
    std::vector<std::uint8_t> recorded;
    std::vector<std::uint8_t> derived;
  };
  const Difference& difference() const noexcept { return difference_; }
  bool in_journal() const noexcept { return !past_end_; }
  Reader& reader() noexcept { return *reader_; }

  // Locks the journal and continues it: the torn tail is cut, outcomes derived past the end are appended. Only after the
  // end was reached; Corrupt and Diverged journals are refused.
  Status resume(const WriterOptions& options, std::unique_ptr<Writer>* writer, std::string* detail);
  // Completes the output.
  Status close() noexcept;

 private:
  Replay(EventMemory& event, std::unique_ptr<Reader> reader);

  Result diverge(const std::uint8_t* derived, std::size_t size) noexcept;
  Result append_past_end(std::uint64_t size) noexcept;
  Status open_output(const std::string& path, std::string* detail);
  void write_output(const std::uint8_t* bytes, std::size_t size) noexcept;
  void flush_output() noexcept;

  EventMemory& event_;
  std::unique_ptr<Reader> reader_;
  std::vector<std::uint64_t> scratch_;  // a derived record, 8-aligned
  std::vector<std::uint8_t> pending_;   // sealed records derived past the end
  Chain pending_chain_;
  bool past_end_ = false;
  bool closed_ = false;
  Status ended_ = Status::Ok;  // sticky: End, Diverged or a fault
  Difference difference_;
  File output_;
  Status output_status_ = Status::Ok;
  std::vector<std::uint8_t> output_bytes_;
};

}  // namespace tcx::journal

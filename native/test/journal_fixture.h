// What the journal tests share: a folder of their own, Events to journal, and whole files in memory. Journals are kept
// on tmpfs where there is one, because these tests make thousands of them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/integers.h"
#include "event_generated.h"
#include "journal/reader.h"
#include "journal/replay.h"
#include "journal/writer.h"

namespace tcx::journal {

using Bytes = std::vector<std::uint8_t>;

inline double& field(double* slots, Slot name) { return slots[slot(name)]; }

inline Bytes kill_switch_frame(const std::string& reason) {
  flatbuffers::FlatBufferBuilder builder;
  const auto actor = builder.CreateString("tester");
  const auto text = builder.CreateString(reason);
  const auto body = event::CreateKillSwitchChanged(builder, true, actor, text);
  event::FinishEventBuffer(builder, event::CreateEvent(builder, event::Body::KillSwitchChanged, body.Union()));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

inline Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::string& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    const bool tmpfs = std::filesystem::exists("/dev/shm") && access("/dev/shm", W_OK) == 0;
    std::string pattern = (tmpfs ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/tcx-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/journal.bin";
  }
  ~JournalTest() override { std::filesystem::remove_all(folder_); }

  WriterOptions options() const {
    WriterOptions options;
    options.path = path_;
    options.extent_size = 4 * kPageSize;
    options.durability = Durability::Process;
    return options;
  }

  Status create(const WriterOptions& options) {
    Identity identity;
    identity.schema_hash = build_schema_hash();
    identity.session_id = "session-1";
    identity.session_ordinal = 1;
    identity.epoch = 1'700'000'000'000'000'000;
    return Writer::create(*event_, options, identity, &writer_, &detail_);
  }

  // Appends one input; returns its position or a Status.
  Result append_input(const std::string& reason) {
    const Bytes frame = kill_switch_frame(reason);
    const Result kind = writer_->offer(frame.data(), frame.size());
    if (kind < 0) return kind;
    field(event_->input, Slot::Source) = 2;
    field(event_->input, Slot::Time) = time_ += 10;
    return writer_->commit();
  }

  // Fills the outcome view with the n-th outcome of the input at `cause`: the "Core" of these tests.
  void derive(std::uint64_t cause, int index) {
    double* const outcome = event_->outcome;
    field(outcome, Slot::Kind) = static_cast<double>(index == 2 ? event::Body::StateDigest : event::Body::IntentClosed);
    field(outcome, Slot::Source) = 0;
    field(outcome, Slot::Time) = field(event_->input, Slot::Time);
    field(outcome, Slot::Cause) = static_cast<double>(cause);
    field(outcome, Slot::OrderId) = static_cast<double>(cause * 64 + static_cast<std::uint64_t>(index));
    field(outcome, Slot::Strategy) = -1;
    field(outcome, Slot::Quantity) = 7;
    field(outcome, Slot::Count) = 3;
    for (int i = 0; i < 3; i++) event_->outcome_entries[i] = static_cast<double>(cause) / (i + 1);
  }

  // A journal of `steps` steps: an input, then two closed Intents and a digest.
  void write_steps(int steps) {
    for (int step = 0; step < steps; step++) {
      const Result cause = append_input("step " + std::to_string(step));
      ASSERT_GT(cause, 0);
      for (int index = 0; index < 3; index++) {
        derive(static_cast<std::uint64_t>(cause), index);
        ASSERT_EQ(writer_->append_outcome(), cause + 1 + index);
      }
    }
  }

  // A journal closed in order, or left behind as by a killed process.
  Bytes closed_journal(int steps) {
    EXPECT_EQ(create(options()), Status::Ok) << detail_;
    write_steps(steps);
    EXPECT_EQ(writer_->close(), Status::Ok);
    writer_.reset();
    return read_file(path_);
  }
  Bytes killed_journal(int steps) {
    EXPECT_EQ(create(options()), Status::Ok) << detail_;
    write_steps(steps);
    end_ = writer_->offset();
    writer_.reset();
    return read_file(path_);
  }

  // Opens and verifies; the fault's status, or the status of opening.
  Status verify(std::uint64_t* last = nullptr) {
    std::unique_ptr<Reader> reader;
    const Status status = Reader::open(*event_, path_, Schema::Same, &reader, &detail_);
    if (status != Status::Ok) return status;
    const std::uint64_t good = reader->verify();
    if (last != nullptr) *last = good;
    detail_ = reader->fault().detail;
    fault_ = reader->fault();
    return reader->fault().status;
  }

  // Offsets of the records of a sound journal.
  static std::vector<std::size_t> record_offsets(const Bytes& journal) {
    std::vector<std::size_t> offsets;
    for (std::size_t at = kFileHeaderSize; at + kRecordHeaderSize <= journal.size();) {
      const Record record = load_record(journal.data() + at);
      if (record.size == 0) break;
      offsets.push_back(at);
      at += record.size;
    }
    return offsets;
  }

  std::string folder_;
  std::string path_;
  std::string detail_;
  Fault fault_;
  std::unique_ptr<EventMemory> event_ = std::make_unique<EventMemory>();
  std::unique_ptr<Writer> writer_;
  double time_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace tcx::journal

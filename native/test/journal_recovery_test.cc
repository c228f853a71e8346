// Replay and recovery: equal bytes for equal decisions, the first difference named, and a journal taken up again after a
// death at any byte, in the middle of a step or of the recovery itself.
#include <fcntl.h>

#include "test/journal_fixture.h"

namespace tcx::journal {
namespace {

class JournalRecoveryTest : public JournalTest {
 protected:
  // Replays the whole journal with the "Core" of these tests; returns what ended it.
  Status replay_all(Replay& replay) {
    for (;;) {
      const Status status = replay.next_input();
      if (status != Status::Ok) return status;
      const auto cause = static_cast<std::uint64_t>(field(event_->input, Slot::Position));
      time_ = field(event_->input, Slot::Time);
      for (int index = 0; index < 3; index++) {
        derive(cause, index);
        const Result result = replay.append_outcome();
        if (result < 0) return static_cast<Status>(result);
      }
    }
  }
  // What a daemon does at its start.
  Status recover() {
    std::unique_ptr<Replay> replay;
    const Status opened = Replay::open(*event_, path_, "", Schema::Same, &replay, &detail_);
    if (opened != Status::Ok) return opened;
    const Status ended = replay_all(*replay);
    if (ended != Status::End && ended != Status::Torn) return ended;
    return replay->resume(options(), &writer_, &detail_);
  }
};

TEST_F(JournalRecoveryTest, ReplayDerivesTheSameFile) {
  const Bytes journal = closed_journal(50);
  std::unique_ptr<Replay> replay;
  ASSERT_EQ(Replay::open(*event_, path_, folder_ + "/out.bin", Schema::Same, &replay, &detail_), Status::Ok);
  EXPECT_EQ(replay_all(*replay), Status::End);
  EXPECT_TRUE(replay->in_journal());
  EXPECT_EQ(replay->close(), Status::Ok);
  EXPECT_EQ(read_file(folder_ + "/out.bin"), journal);
  EXPECT_EQ(Replay::open(*event_, path_, folder_ + "/out.bin", Schema::Same, &replay, &detail_), Status::Exists);
}

TEST_F(JournalRecoveryTest, TheOutputOfAKilledJournalIsItsWholeRecords) {
  const Bytes journal = killed_journal(5);
  std::unique_ptr<Replay> replay;
  ASSERT_EQ(Replay::open(*event_, path_, folder_ + "/out.bin", Schema::Same, &replay, &detail_), Status::Ok);
  EXPECT_EQ(replay_all(*replay), Status::End);
  EXPECT_EQ(replay->close(), Status::Ok);
  EXPECT_EQ(read_file(folder_ + "/out.bin"), Bytes(journal.begin(), journal.begin() + static_cast<long>(end_)));
}

TEST_F(JournalRecoveryTest, ReplayNamesTheFirstDifference) {
  closed_journal(3);
  std::unique_ptr<Replay> replay;
  const auto open = [&] {
    ASSERT_EQ(Replay::open(*event_, path_, "", Schema::Same, &replay, &detail_), Status::Ok);
    ASSERT_EQ(replay->next_input(), Status::Ok);
    derive(1, 0);
    ASSERT_EQ(replay->append_outcome(), 2);
  };
  open();
  derive(1, 1);
  field(event_->outcome, Slot::Quantity) += 1;
  EXPECT_EQ(replay->append_outcome(), failure(Status::Diverged));
  EXPECT_EQ(replay->difference().position, 3u);
  EXPECT_EQ(replay->difference().recorded.size(), replay->difference().derived.size());
  EXPECT_NE(replay->difference().recorded, replay->difference().derived);
  EXPECT_EQ(replay->next_input(), Status::Diverged) << "a divergence is final";
  EXPECT_EQ(replay->resume(options(), &writer_, &detail_), Status::Diverged);
  open();
  EXPECT_EQ(replay->next_input(), Status::Diverged) << "an outcome was recorded that is not derived";
  EXPECT_EQ(replay->difference().position, 3u);
  EXPECT_TRUE(replay->difference().derived.empty());
  open();
  for (int index = 1; index < 3; index++) {
    derive(1, index);
    ASSERT_GT(replay->append_outcome(), 0);
  }
  derive(1, 1);
  EXPECT_EQ(replay->append_outcome(), failure(Status::Diverged)) << "an outcome is derived that was not recorded";
  EXPECT_EQ(load_record(replay->difference().recorded.data()).kind,
            static_cast<std::uint8_t>(event::Body::KillSwitchChanged));
}

TEST_F(JournalRecoveryTest, ADeathAtAnyByteIsRecovered) {
  const Bytes journal = killed_journal(3);
  const std::vector<std::size_t> offsets = record_offsets(journal);
  // What the journal would hold had the process lived on: every step completed, and one more.
  for (std::size_t size = kFileHeaderSize; size <= end_; size++) {
    Bytes cut(journal.begin(), journal.begin() + static_cast<long>(size));
    // Half of the deaths leave the preallocated zeros behind the torn record.
    if (size % 2 == 0) cut.resize(journal.size(), 0);
    write_file(path_, cut);
    ASSERT_EQ(recover(), Status::Ok) << size << ": " << detail_;
    std::size_t inputs = 0;
    for (const std::size_t at : offsets) {
      const Record record = load_record(&journal[at]);
      const bool whole = at + record.size <= cut.size() &&
                         std::equal(cut.begin() + static_cast<long>(at),
                                    cut.begin() + static_cast<long>(at + record.size),
                                    journal.begin() + static_cast<long>(at));
      inputs += whole && record.record_class == 0;
    }
    ASSERT_EQ(writer_->position(), inputs * 4) << "every step of a recorded input is complete, cut at " << size;
    ASSERT_EQ(append_input("resumed"), static_cast<Result>(inputs * 4 + 1));
    ASSERT_EQ(writer_->close(), Status::Ok);
    writer_.reset();
    std::uint64_t good = 0;
    ASSERT_EQ(verify(&good), Status::End) << detail_;
    ASSERT_EQ(good, inputs * 4 + 1);
    const Bytes resumed = read_file(path_);
    const std::size_t kept = inputs * 4 < offsets.size() ? offsets[inputs * 4] : end_;
    ASSERT_TRUE(std::equal(journal.begin() + kFileHeaderSize, journal.begin() + static_cast<long>(kept),
                           resumed.begin() + kFileHeaderSize))
        << "the completed steps are those that were recorded";
  }
}

TEST_F(JournalRecoveryTest, ADeathDuringRecoveryIsRecoveredInTurn) {
  killed_journal(3);
  for (int death = 0; death < 5; death++) {
    ASSERT_EQ(recover(), Status::Ok) << detail_;
    ASSERT_EQ(append_input("again"), 12 + 4 * death + 1);
    writer_.reset();  // dies within the step
  }
  ASSERT_EQ(recover(), Status::Ok) << detail_;
  EXPECT_EQ(writer_->position(), 32u);
  EXPECT_EQ(writer_->close(), Status::Ok);
  std::unique_ptr<Replay> replay;
  ASSERT_EQ(Replay::open(*event_, path_, "", Schema::Same, &replay, &detail_), Status::Ok);
  EXPECT_EQ(replay_all(*replay), Status::End);
}

TEST_F(JournalRecoveryTest, ACrashBetweenTheTwoSyncedFieldsIsNoDamage) {
  killed_journal(3);
  const std::uint64_t position = 8;
  const File file(open(path_.c_str(), O_RDWR));
  ASSERT_EQ(write_at(file.descriptor(), kSyncedPositionAt, &position, sizeof position), 0);
  EXPECT_EQ(verify(), Status::End) << detail_;
  EXPECT_EQ(recover(), Status::Ok) << detail_;
}

TEST_F(JournalRecoveryTest, OnlyTheEndOfAnUnlockedSoundJournalIsContinued) {
  ASSERT_EQ(create(options()), Status::Ok);
  write_steps(2);
  std::unique_ptr<Writer> alive = std::move(writer_);
  EXPECT_EQ(recover(), Status::Locked);
  std::unique_ptr<Replay> early;
  ASSERT_EQ(Replay::open(*event_, path_, "", Schema::Same, &early, &detail_), Status::Ok);
  alive.reset();
  EXPECT_EQ(early->resume(options(), &writer_, &detail_), Status::OutOfOrder) << "records are left to replay";
  const Bytes journal = read_file(path_);
  Bytes damaged = journal;
  damaged[record_offsets(journal)[4] + 44] ^= 1;
  write_file(path_, damaged);
  EXPECT_EQ(recover(), Status::Corrupt);
  EXPECT_EQ(read_file(path_), damaged) << "a damaged journal is left as it is";
}

TEST_F(JournalRecoveryTest, AReaderFindsAnyPositionByItsIndex) {
  ASSERT_EQ(create(options()), Status::Ok);
  write_steps(2000);
  ASSERT_EQ(writer_->close(), Status::Ok);
  std::unique_ptr<Reader> reader;
  ASSERT_EQ(Reader::open(*event_, path_, Schema::Same, &reader, &detail_), Status::Ok);
  for (const std::uint64_t position : {8000u, 1u, 1024u, 1025u, 4097u, 7999u, 2u}) {
    ASSERT_EQ(reader->seek(position), Status::Ok) << position;
    ASSERT_EQ(reader->next(), Status::Ok);
    ASSERT_EQ(field(event_->input, Slot::Position), static_cast<double>(position));
  }
  EXPECT_EQ(reader->seek(8001), Status::NotFound);
  EXPECT_EQ(reader->seek(0), Status::NotFound);
  EXPECT_EQ(reader->next(), Status::Ok);
  EXPECT_EQ(field(event_->input, Slot::Position), 3) << "a failed seek leaves the reader where it was";
}

}  // namespace
}  // namespace tcx::journal

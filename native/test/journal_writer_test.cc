// The append path: what is accepted, refused and published, growth over extents, full and failing disks, locks, and a
// reader that follows a live writer.
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "test/journal_fixture.h"

namespace tcx::journal {
namespace {

using view::WriterStatistic;

class JournalWriterTest : public JournalTest {
 protected:
  double statistic(WriterStatistic name) { return writer_->statistics()[static_cast<std::size_t>(name)]; }
  bool fails_early() { return statistic(WriterStatistic::Failure) != 0; }
  // Appends until `appended` says no, at most `limit` records; returns the last Result.
  Result append_until_refused(int limit, const std::string& reason) {
    Result result = 0;
    for (int i = 0; i < limit && (result = append_input(reason)) > 0; i++) {
    }
    return result;
  }
};

TEST_F(JournalWriterTest, NothingIsInTheStreamBeforeCommitAndNothingAfterAbort) {
  ASSERT_EQ(create(options()), Status::Ok);
  const Bytes frame = kill_switch_frame("first");
  EXPECT_EQ(writer_->commit(), failure(Status::NotOpen));
  EXPECT_EQ(writer_->offer(frame.data(), frame.size()), static_cast<Result>(event::Body::KillSwitchChanged));
  EXPECT_EQ(verify(), Status::End);
  EXPECT_EQ(fault_.position, 1u);
  writer_->abort();
  EXPECT_EQ(writer_->commit(), failure(Status::NotOpen));
  // A longer frame was laid out here and forgotten: its bytes must not show behind a shorter record.
  const Bytes longer = kill_switch_frame(std::string(900, 'x'));
  EXPECT_GT(writer_->offer(longer.data(), longer.size()), 0);
  writer_->abort();
  EXPECT_EQ(append_input("short"), 1);
  EXPECT_EQ(verify(), Status::End);
  EXPECT_EQ(fault_.position, 2u);
}

TEST_F(JournalWriterTest, SequencingTimeNeverDecreases) {
  ASSERT_EQ(create(options()), Status::Ok);
  ASSERT_EQ(append_input("at ten"), 1);
  const Bytes frame = kill_switch_frame("earlier");
  ASSERT_GT(writer_->offer(frame.data(), frame.size()), 0);
  field(event_->input, Slot::Time) = 9;
  EXPECT_EQ(writer_->commit(), failure(Status::TimeBackwards));
  field(event_->input, Slot::Time) = 9.5;
  EXPECT_EQ(writer_->commit(), failure(Status::BadValue));
  field(event_->input, Slot::Time) = 10;
  EXPECT_EQ(writer_->commit(), 2);
  EXPECT_EQ(field(event_->input, Slot::Position), 2);
}

TEST_F(JournalWriterTest, RefusesOutcomesAsInputsAndInputsAsOutcomes) {
  ASSERT_EQ(create(options()), Status::Ok);
  derive(0, 0);
  Bytes outcome(encoded_size(event_->outcome));
  ASSERT_EQ(encode_event(event_->outcome, nullptr, outcome.data()), Status::Ok);
  EXPECT_EQ(writer_->offer(outcome.data(), outcome.size()), failure(Status::KindNotAllowed));
  field(event_->outcome, Slot::Kind) = static_cast<double>(event::Body::ControlTime);
  field(event_->outcome, Slot::Reason) = 0;
  field(event_->outcome, Slot::Deadline) = 0;
  EXPECT_EQ(writer_->append_outcome(), failure(Status::KindNotAllowed));
  field(event_->outcome, Slot::Kind) = static_cast<double>(event::Body::Trade);
  EXPECT_EQ(writer_->append_outcome(), failure(Status::KindNotAllowed));
  derive(1, 0);
  EXPECT_EQ(writer_->append_outcome(), failure(Status::BadValue)) << "a cause that is not in the stream";
}

TEST_F(JournalWriterTest, HandsOutEachDispatchUntilTheirFramesAreUsedUp) {
  ASSERT_EQ(create(options()), Status::Ok);
  const Result cause = append_input("cause");
  derive(static_cast<std::uint64_t>(cause), 0);
  double* const outcome = event_->outcome;
  field(outcome, Slot::Kind) = static_cast<double>(event::Body::IntentDispatched);
  for (std::uint32_t i = 0; i < kDispatchFrameCount; i++) {
    field(outcome, Slot::Price) = i;
    ASSERT_GT(writer_->append_outcome(), 0);
    const auto* body = event::GetEvent(writer_->dispatch_frame(i))->body_as_IntentDispatched();
    ASSERT_NE(body, nullptr);
    EXPECT_EQ(body->price(), i);
  }
  EXPECT_EQ(writer_->append_outcome(), failure(Status::TooLarge));
  writer_->reset_dispatches();
  EXPECT_GT(writer_->append_outcome(), 0);
}

TEST_F(JournalWriterTest, AFrameOfTheLargestSizeSpansExtentsAndALargerOneIsRefused) {
  ASSERT_EQ(create(options()), Status::Ok);
  flatbuffers::FlatBufferBuilder builder;
  // Two halves of levels and, as Verifier ignores what nothing refers to, padding up to the limit.
  const std::vector<event::Level> levels(kLevelCountMax, event::Level(5, 7));
  const auto side = builder.CreateVectorOfStructs(levels);
  event::BookSnapshotBuilder snapshot(builder);
  snapshot.add_bids(side);
  event::FinishEventBuffer(builder, event::CreateEvent(builder, event::Body::BookSnapshot, snapshot.Finish().Union()));
  Bytes frame(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  frame.resize(kBodySizeMax);
  ASSERT_EQ(writer_->offer(frame.data(), frame.size()), static_cast<Result>(event::Body::BookSnapshot));
  field(event_->input, Slot::Time) = time_;
  EXPECT_EQ(writer_->commit(), 1);
  EXPECT_GE(statistic(WriterStatistic::AllocatedBytes), kBodySizeMax);
  frame.resize(kBodySizeMax + 1);
  EXPECT_EQ(writer_->offer(frame.data(), frame.size()), failure(Status::TooLarge));
  EXPECT_EQ(append_input("after"), 2);
  EXPECT_EQ(writer_->close(), Status::Ok);
  EXPECT_EQ(verify(), Status::End) << detail_;
  EXPECT_EQ(fault_.position, 3u);
}

TEST_F(JournalWriterTest, AWriterFasterThanTheKeeperWaitsAndLosesNothing) {
  WriterOptions small = options();
  small.extent_size = kPageSize;
  ASSERT_EQ(create(small), Status::Ok);
  ASSERT_GT(append_until_refused(20'000, std::string(200, 'x')), 0);
  EXPECT_EQ(statistic(WriterStatistic::Position), 20'000);
  EXPECT_EQ(writer_->close(), Status::Ok);
  EXPECT_EQ(verify(), Status::End) << detail_;
  EXPECT_EQ(fault_.position, 20'001u);
  EXPECT_EQ(std::filesystem::file_size(path_), fault_.offset);
}

TEST_F(JournalWriterTest, AFullDiskIsReportedWithAnExtentLeftAndLosesNothing) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  ASSERT_EQ(create(options()), Status::Ok);
  const std::uint64_t extent = options().extent_size;
  const rlimit limit{10 * extent, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::uint64_t at_report = 0;
  Result result = 0;
  int appended = 0;
  const std::string reason(1000, 'x');
  while ((result = append_input(reason)) > 0) {
    appended++;
    // Gives the keeper the turn that a daemon's idle moments give it.
    if (!fails_early()) writer_->sync();
    if (fails_early() && at_report == 0) at_report = writer_->offset();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(result, failure(Status::NoSpace));
  ASSERT_NE(at_report, 0u);
  EXPECT_GE(writer_->offset() - at_report, extent) << "room to cancel after the report";
  EXPECT_EQ(verify(), Status::End);
  EXPECT_EQ(fault_.position, static_cast<std::uint64_t>(appended) + 1);
  // Space came back: so does the writer.
  for (int i = 0; i < 1000 && (result = append_input(reason)) < 0; i++) usleep(1000);
  EXPECT_GT(result, 0);
  EXPECT_EQ(writer_->close(), Status::Ok);
  EXPECT_EQ(verify(), Status::End) << detail_;
}

TEST_F(JournalWriterTest, ADiskFullFromTheStartLeavesNoFile) {
  static constexpr Disk full{[](int, std::uint64_t, std::uint64_t) noexcept { return ENOSPC; },
                             [](void*, std::size_t) noexcept { return 0; }};
  WriterOptions on_full = options();
  on_full.disk = &full;
  EXPECT_EQ(create(on_full), Status::NoSpace);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(JournalWriterTest, AFailedSyncIsReportedForGoodWhileAppendsGoOn) {
  static std::atomic<bool> broken;
  broken = false;
  static constexpr Disk failing{
      [](int descriptor, std::uint64_t offset, std::uint64_t size) noexcept {
        return real_disk().allocate(descriptor, offset, size);
      },
      [](void* address, std::size_t size) noexcept {
        return broken.load() ? EIO : real_disk().sync(address, size);
      }};
  WriterOptions on_failing = options();
  on_failing.disk = &failing;
  ASSERT_EQ(create(on_failing), Status::Ok);
  ASSERT_EQ(append_input("one"), 1);
  EXPECT_EQ(writer_->sync(), Status::Ok);
  broken = true;
  ASSERT_EQ(append_input("two"), 2);
  EXPECT_EQ(writer_->sync(), Status::Io);
  EXPECT_EQ(statistic(WriterStatistic::Failure), static_cast<double>(Status::Io));
  broken = false;
  EXPECT_EQ(writer_->sync(), Status::Io) << "the pages' fate is unknown after a failed sync";
  EXPECT_EQ(append_input("three"), 3);
  EXPECT_EQ(writer_->close(), Status::Io);
  EXPECT_EQ(verify(), Status::End);
  EXPECT_EQ(fault_.position, 4u);
}

TEST_F(JournalWriterTest, SyncPutsEverythingOnDiskAndSaysSoInTheHeader) {
  ASSERT_EQ(create(options()), Status::Ok);
  write_steps(3);
  EXPECT_EQ(writer_->sync(), Status::Ok);
  EXPECT_EQ(statistic(WriterStatistic::SyncedPosition), 12);
  EXPECT_EQ(statistic(WriterStatistic::SyncedOffset), static_cast<double>(writer_->offset()));
  std::unique_ptr<Reader> reader;
  ASSERT_EQ(Reader::open(*event_, path_, Schema::Same, &reader, &detail_), Status::Ok);
  EXPECT_EQ(reader->file().header.synced_position(), 12u);
  EXPECT_EQ(reader->file().header.synced_offset(), writer_->offset());
}

TEST_F(JournalWriterTest, IntervalDurabilitySyncsOnItsOwn) {
  WriterOptions interval = options();
  interval.durability = Durability::Interval;
  interval.interval_ms = 2;
  ASSERT_EQ(create(interval), Status::Ok);
  write_steps(1);
  for (int i = 0; i < 5000 && statistic(WriterStatistic::SyncedPosition) < 4; i++) usleep(1000);
  EXPECT_EQ(statistic(WriterStatistic::SyncedPosition), 4);
}

TEST_F(JournalWriterTest, ASecondWriterIsLockedOutAndAnOldJournalIsNeverOverwritten) {
  ASSERT_EQ(create(options()), Status::Ok);
  write_steps(1);
  std::unique_ptr<Writer> first = std::move(writer_);
  EXPECT_EQ(create(options()), Status::Locked);
  File file;
  EXPECT_EQ(open_locked(path_, &file, &detail_), Status::Locked);
  EXPECT_EQ(first->close(), Status::Ok);
  EXPECT_EQ(create(options()), Status::Exists);
  EXPECT_EQ(verify(), Status::End);
  WriterOptions odd = options();
  odd.extent_size = 5000;
  odd.path += ".odd";
  EXPECT_EQ(create(odd), Status::BadValue);
  WriterOptions nowhere = options();
  nowhere.path = folder_ + "/missing/journal.bin";
  EXPECT_EQ(create(nowhere), Status::NotFound);
}

TEST_F(JournalWriterTest, AReaderFollowsALiveWriterAndMissesNothing) {
  WriterOptions live = options();
  live.durability = Durability::Interval;
  live.interval_ms = 1;
  ASSERT_EQ(create(live), Status::Ok);
  constexpr std::uint64_t kCount = 20'000;
  std::atomic<bool> failed{false};
  std::thread follower([&] {
    const auto memory = std::make_unique<EventMemory>();
    std::unique_ptr<Reader> reader;
    std::string detail;
    Status status = Reader::open(*memory, path_, Schema::Same, &reader, &detail);
    for (std::uint64_t position = 1; status == Status::Ok && position <= kCount;) {
      const Status next = reader->next();
      if (next == Status::Ok && field(memory->input, Slot::Position) != static_cast<double>(position++)) break;
      if (next != Status::Ok && next != Status::End) status = next;
      if (next == Status::End) std::this_thread::yield();
      if (position == kCount + 1) return;
    }
    failed = true;
  });
  for (std::uint64_t i = 0; i < kCount && !failed; i++) append_input(std::string(i % 300, 'x'));
  EXPECT_EQ(writer_->close(), Status::Ok);
  follower.join();
  EXPECT_FALSE(failed);
}

}  // namespace
}  // namespace tcx::journal

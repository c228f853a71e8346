// Decoding of every kind, the limits of each field, and the fixed bytes of what tcx encodes itself.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "base/integers.h"
#include "event/decode.h"
#include "event/encode.h"
#include "event/limits.h"
#include "event_generated.h"

namespace tcx {
namespace {

using namespace tcx::event;
using Builder = flatbuffers::FlatBufferBuilder;
using BodyOffset = flatbuffers::Offset<void>;

constexpr std::int64_t kEpoch = 1'700'000'000'000'000'000;
constexpr std::int64_t kBeyond = kSafeMax + 1;

class EventCodecTest : public testing::Test {
 protected:
  EventCodecTest() { memory_->epoch = kEpoch; }

  // Builds an Event around a body, decodes it, and keeps its bytes.
  Status decode(Body kind, const std::function<BodyOffset(Builder&)>& make_body) {
    Builder builder;
    const BodyOffset body = make_body(builder);
    FinishEventBuffer(builder, CreateEvent(builder, kind, body));
    bytes_.assign((builder.GetSize() + 7) / 8, 0);
    size_ = builder.GetSize();
    std::memcpy(bytes_.data(), builder.GetBufferPointer(), size_);
    return decode_event(data(), size_, *memory_);
  }
  std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(bytes_.data()); }
  double in(Slot name) const { return memory_->input[slot(name)]; }
  double& out(Slot name) { return memory_->outcome[slot(name)]; }

  std::unique_ptr<EventMemory> memory_ = std::make_unique<EventMemory>();
  std::vector<std::uint64_t> bytes_;
  std::uint32_t size_ = 0;
};

TEST_F(EventCodecTest, DecodesEveryKindWithAllItsFieldsAbsent) {
  for (int number = 1; number <= static_cast<int>(Body::MAX); number++) {
    const auto kind = static_cast<Body>(number);
    const Status status = decode(kind, [](Builder& builder) { return BodyOffset(builder.EndTable(builder.StartTable())); });
    // A fill of nothing is no fill; every other kind has a meaning with its defaults.
    EXPECT_EQ(status, kind == Body::OrderFilled ? Status::BadValue : Status::Ok) << EnumNameBody(kind);
    if (status == Status::Ok) {
      EXPECT_EQ(in(Slot::Kind), number);
      EXPECT_EQ(memory_->body, data());
      EXPECT_EQ(memory_->body_size, size_);
    }
  }
}

TEST_F(EventCodecTest, DecodesAFill) {
  ASSERT_EQ(decode(Body::OrderFilled,
                   [](Builder& b) {
                     const auto venue_order = b.CreateString("V-1");
                     const auto execution = b.CreateString("E-1");
                     return CreateOrderFilled(b, 77, 3, Side::Sell, -5, 9, -2, 4, Liquidity::Maker, kEpoch + 10, 0,
                                              venue_order, execution)
                         .Union();
                   }),
            Status::Ok);
  EXPECT_EQ(in(Slot::OrderId), 77);
  EXPECT_EQ(in(Slot::Instrument), 3);
  EXPECT_EQ(in(Slot::Side), 1);
  EXPECT_EQ(in(Slot::Price), -5);
  EXPECT_EQ(in(Slot::Quantity), 9);
  EXPECT_EQ(in(Slot::Fee), -2);
  EXPECT_EQ(in(Slot::FeeCurrency), 4);
  EXPECT_EQ(in(Slot::Liquidity), 1);
  EXPECT_EQ(in(Slot::EventTime), 10);
  EXPECT_TRUE(std::isnan(in(Slot::CaptureTime)));
  const std::uint64_t hash = hash_identifier("E-1");
  EXPECT_EQ(in(Slot::ExecutionIdLow), static_cast<double>(hash & 0xFFFFFFFFu));
  EXPECT_EQ(in(Slot::ExecutionIdHigh), static_cast<double>(hash >> 32));
  EXPECT_NE(in(Slot::VenueOrderIdLow), in(Slot::ExecutionIdLow));
}

TEST_F(EventCodecTest, HashesIdentifiersWithFnv1aAndKeepsZeroForAbsent) {
  EXPECT_EQ(hash_identifier("a"), 0xAF63DC4C8601EC8Cu);
  EXPECT_EQ(hash_identifier("foobar"), 0x85944171F73967E8u);
  ASSERT_EQ(decode(Body::OrderAccepted,
                   [](Builder& b) { return CreateOrderAccepted(b, 1, 0, 0, b.CreateString("")).Union(); }),
            Status::Ok);
  EXPECT_EQ(in(Slot::VenueOrderIdLow), 0);
  EXPECT_EQ(in(Slot::VenueOrderIdHigh), 0);
}

TEST_F(EventCodecTest, DecodesBooksTradesAndReports) {
  const std::vector<Level> levels{Level(10, 5), Level(9, 0)};
  ASSERT_EQ(decode(Body::BookDelta,
                   [&](Builder& b) {
                     const auto bids = b.CreateVectorOfStructs(levels);
                     return CreateBookDelta(b, 2, 0, kEpoch + 7, 41, (std::uint64_t{9} << 32) | 42, bids).Union();
                   }),
            Status::Ok);
  EXPECT_EQ(in(Slot::Count), 2);
  EXPECT_EQ(in(Slot::CountAsks), 0);
  EXPECT_EQ(in(Slot::PreviousLow), 41);
  EXPECT_EQ(in(Slot::SequenceLow), 42);
  EXPECT_EQ(in(Slot::SequenceHigh), 9);
  EXPECT_EQ(in(Slot::CaptureTime), 7);
  const std::vector<Print> prints{Print(10, 5, kEpoch + 1, 99, Side::Sell), Print(11, 6, 0, 100, Side::Buy)};
  ASSERT_EQ(decode(Body::Trade,
                   [&](Builder& b) { return CreateTrade(b, 1, 0, b.CreateVectorOfStructs(prints)).Union(); }),
            Status::Ok);
  EXPECT_EQ(in(Slot::Count), 2);
  EXPECT_EQ(memory_->input_entries[1], 5);
  EXPECT_EQ(memory_->input_entries[2], 1);
  EXPECT_EQ(memory_->input_entries[3], 1);
  EXPECT_EQ(memory_->input_entries[4], 11);
  EXPECT_TRUE(std::isnan(memory_->input_entries[7]));
  const std::vector<Balance> balances{Balance(100, 90, 3)};
  ASSERT_EQ(decode(Body::BalanceReport,
                   [&](Builder& b) {
                     return CreateBalanceReport(b, 1, 0, 0, b.CreateVectorOfStructs(balances)).Union();
                   }),
            Status::Ok);
  EXPECT_EQ(memory_->input_entries[0], 3);
  EXPECT_EQ(memory_->input_entries[1], 100);
  EXPECT_EQ(memory_->input_entries[2], 90);
  const std::vector<Position> positions{Position(-8, 6)};
  ASSERT_EQ(decode(Body::PositionReport,
                   [&](Builder& b) {
                     return CreatePositionReport(b, 1, 0, 0, b.CreateVectorOfStructs(positions)).Union();
                   }),
            Status::Ok);
  EXPECT_EQ(memory_->input_entries[0], 6);
  EXPECT_EQ(memory_->input_entries[1], -8);
}

TEST_F(EventCodecTest, DecodesControlEvents) {
  ASSERT_EQ(decode(Body::FeedStatusChanged,
                   [](Builder& b) {
                     return CreateFeedStatusChanged(b, 1, -1, FeedState::Stale, FeedReason::Silence, 12).Union();
                   }),
            Status::Ok);
  EXPECT_EQ(in(Slot::Instrument), -1);
  EXPECT_EQ(in(Slot::State), 3);
  EXPECT_EQ(in(Slot::Reason), 5);
  EXPECT_EQ(in(Slot::Dropped), 12);
  ASSERT_EQ(decode(Body::InstrumentDefined,
                   [](Builder& b) {
                     return CreateInstrumentDefined(b, 5, 1, b.CreateString("BTC/USD"), 2, 8, 10, 100, 1000).Union();
                   }),
            Status::Ok);
  EXPECT_EQ(in(Slot::PriceScale), 2);
  EXPECT_EQ(in(Slot::QuantityScale), 8);
  EXPECT_EQ(in(Slot::TickSize), 10);
  EXPECT_EQ(in(Slot::LotSize), 100);
  EXPECT_EQ(in(Slot::MinimumQuantity), 1000);
  ASSERT_EQ(decode(Body::ReconciliationCompleted,
                   [](Builder& b) {
                     return CreateReconciliationCompleted(b, 1, ReconciliationResult::Mismatch, 5, 2, 1).Union();
                   }),
            Status::Ok);
  EXPECT_EQ(in(Slot::Compared), 5);
  EXPECT_EQ(in(Slot::Mismatches), 2);
  EXPECT_EQ(in(Slot::Unknown), 1);
}

TEST_F(EventCodecTest, TimesTooFarFromTheEpochReadAsAbsent) {
  for (const std::int64_t time : {kEpoch + kBeyond, std::numeric_limits<std::int64_t>::min(), std::int64_t{1}}) {
    ASSERT_EQ(decode(Body::OrderAccepted, [&](Builder& b) { return CreateOrderAccepted(b, 1, time).Union(); }),
              Status::Ok);
    EXPECT_TRUE(std::isnan(in(Slot::EventTime))) << time;
  }
}

TEST_F(EventCodecTest, RefusesValuesOutOfRange) {
  const auto levels = [&](std::int64_t price, std::int64_t quantity) {
    return decode(Body::BookSnapshot, [&](Builder& b) {
      const std::vector<Level> asks{Level(1, 1), Level(price, quantity)};
      return CreateBookSnapshot(b, 0, 0, 0, 0, 0, b.CreateVectorOfStructs(asks)).Union();
    });
  };
  EXPECT_EQ(levels(kSafeMax, kSafeMax), Status::Ok);
  EXPECT_EQ(levels(-kSafeMax, 0), Status::Ok);
  EXPECT_EQ(levels(kBeyond, 1), Status::BadValue);
  EXPECT_EQ(levels(-kBeyond, 1), Status::BadValue);
  EXPECT_EQ(levels(std::numeric_limits<std::int64_t>::min(), 1), Status::BadValue);
  EXPECT_EQ(levels(1, -1), Status::BadValue);
  EXPECT_EQ(levels(1, kBeyond), Status::BadValue);
  const auto print = [&](std::int64_t quantity, Side aggressor) {
    return decode(Body::Trade, [&](Builder& b) {
      const std::vector<Print> prints{Print(1, quantity, 0, 0, aggressor)};
      return CreateTrade(b, 0, 0, b.CreateVectorOfStructs(prints)).Union();
    });
  };
  EXPECT_EQ(print(1, Side::Sell), Status::Ok);
  EXPECT_EQ(print(0, Side::Buy), Status::BadValue);
  EXPECT_EQ(print(1, static_cast<Side>(2)), Status::BadValue);
  const auto order = [&](std::uint64_t id, RejectReason reason) {
    return decode(Body::OrderRejected, [&](Builder& b) { return CreateOrderRejected(b, id, reason).Union(); });
  };
  EXPECT_EQ(order(static_cast<std::uint64_t>(kSafeMax), RejectReason::MAX), Status::Ok);
  EXPECT_EQ(order(static_cast<std::uint64_t>(kBeyond), RejectReason::Other), Status::BadValue);
  EXPECT_EQ(order(1, static_cast<RejectReason>(200)), Status::BadValue);
  const auto strategy = [&](std::int32_t index) {
    return decode(Body::TradingStateChanged,
                  [&](Builder& b) { return CreateTradingStateChanged(b, TradingState::On, index).Union(); });
  };
  EXPECT_EQ(strategy(-1), Status::Ok);
  EXPECT_EQ(strategy(-2), Status::BadValue);
  const auto undecided = [&](double value) {
    return decode(Body::StateDigest, [&](Builder& b) {
      return CreateStateDigest(b, 1, 2, 3, b.CreateVector(std::vector<double>{1.5, value})).Union();
    });
  };
  EXPECT_EQ(undecided(std::numeric_limits<double>::infinity()), Status::Ok);
  EXPECT_EQ(undecided(std::numeric_limits<double>::quiet_NaN()), Status::BadValue);
}

TEST_F(EventCodecTest, RefusesWhatIsTooLarge) {
  const auto text = [&](std::size_t size) {
    return decode(Body::OrderDisposed, [&](Builder& b) {
      return CreateOrderDisposed(b, 1, b.CreateString(std::string(size, 'x'))).Union();
    });
  };
  EXPECT_EQ(text(kTextSizeMax), Status::Ok);
  EXPECT_EQ(text(kTextSizeMax + 1), Status::TooLarge);
  const auto document = [&](std::size_t size) {
    return decode(Body::ConfigurationChanged, [&](Builder& b) {
      return CreateConfigurationChanged(b, 1, b.CreateString(std::string(size, 'x'))).Union();
    });
  };
  EXPECT_EQ(document(kDocumentSizeMax), Status::Ok);
  EXPECT_EQ(document(kDocumentSizeMax + 1), Status::TooLarge);
  const auto prints = [&](std::size_t count) {
    return decode(Body::Trade, [&](Builder& b) {
      const std::vector<Print> all(count, Print(1, 1, 0, 0, Side::Buy));
      return CreateTrade(b, 0, 0, b.CreateVectorOfStructs(all)).Union();
    });
  };
  EXPECT_EQ(prints(kInputEntryCount / kPrintStride), Status::Ok);
  EXPECT_EQ(prints(kInputEntryCount / kPrintStride + 1), Status::TooLarge);
  const auto levels = [&](std::size_t count) {
    return decode(Body::BookSnapshot, [&](Builder& b) {
      const std::vector<Level> all(count, Level(1, 1));
      return CreateBookSnapshot(b, 0, 0, 0, 0, b.CreateVectorOfStructs(all)).Union();
    });
  };
  EXPECT_EQ(levels(kLevelCountMax), Status::Ok);
  EXPECT_EQ(levels(kLevelCountMax + 1), Status::TooLarge);
  EXPECT_EQ(decode_event(data(), kBodySizeMax + 1, *memory_), Status::TooLarge);
}

TEST_F(EventCodecTest, RefusesBytesThatAreNoEvent) {
  ASSERT_EQ(decode(Body::KillSwitchChanged, [](Builder& b) { return CreateKillSwitchChanged(b, true).Union(); }),
            Status::Ok);
  for (std::uint32_t size = 0; size < 24; size++) EXPECT_EQ(decode_event(data(), size, *memory_), Status::Malformed);
  data()[4] = 'X';
  EXPECT_EQ(decode_event(data(), size_, *memory_), Status::Malformed) << "another identifier";
  EXPECT_EQ(decode(Body::NONE, [](Builder&) { return BodyOffset(0); }), Status::Malformed);
  EXPECT_EQ(decode(static_cast<Body>(200), [](Builder& b) { return CreateControlTime(b).Union(); }), Status::Malformed);
  Builder builder;
  FinishEventBuffer(builder, CreateEvent(builder, Body::Trade, 0));
  std::memcpy(data(), builder.GetBufferPointer(), builder.GetSize());
  EXPECT_EQ(decode_event(data(), builder.GetSize(), *memory_), Status::Malformed) << "a kind without a body";
}

// ── encoding ────────────────────────────────────────────────────────────────────────────────────

TEST_F(EventCodecTest, EncodesWhatItDecodes) {
  out(Slot::OrderId) = kSafeMax;
  out(Slot::Strategy) = -1;
  out(Slot::Instrument) = 4294967295.0;
  out(Slot::Venue) = 2;
  out(Slot::Action) = 2;
  out(Slot::Side) = 1;
  out(Slot::Type) = 1;
  out(Slot::TimeInForce) = 3;
  out(Slot::Price) = -kSafeMax;
  out(Slot::Quantity) = 12;
  out(Slot::Reason) = 3;
  out(Slot::Deadline) = 123'456'789;
  out(Slot::DigestLowLow) = 1;
  out(Slot::DigestLowHigh) = 4294967295.0;
  out(Slot::DigestHighLow) = 3;
  out(Slot::DigestHighHigh) = 4;
  out(Slot::Inputs) = 5;
  out(Slot::Count) = 2;
  memory_->outcome_entries[0] = 0.1;
  memory_->outcome_entries[1] = -std::numeric_limits<double>::infinity();
  const std::vector<Slot> intent{Slot::OrderId, Slot::Strategy, Slot::Instrument, Slot::Action, Slot::Price, Slot::Quantity};
  const std::vector<Slot> digest{Slot::DigestLowLow, Slot::DigestLowHigh, Slot::DigestHighLow, Slot::DigestHighHigh,
                                 Slot::Inputs, Slot::Count};
  const std::vector<std::pair<Body, std::vector<Slot>>> kinds{{Body::IntentDenied, intent},
                                                              {Body::IntentClosed, intent},
                                                              {Body::IntentDispatched, intent},
                                                              {Body::ControlTime, {Slot::Reason, Slot::Deadline}},
                                                              {Body::StateDigest, digest}};
  for (const auto& [kind, slots] : kinds) {
    out(Slot::Kind) = static_cast<double>(kind);
    const std::uint32_t size = encoded_size(memory_->outcome);
    ASSERT_EQ(size % 8, 0u);
    bytes_.assign(size / 8 + 1, 0x5A5A5A5A5A5A5A5A);
    ASSERT_EQ(encode_event(memory_->outcome, memory_->outcome_entries, data()), Status::Ok) << EnumNameBody(kind);
    EXPECT_EQ(bytes_.back(), 0x5A5A5A5A5A5A5A5Au) << "nothing is written behind the body";
    ASSERT_EQ(decode_event(data(), size, *memory_), Status::Ok) << EnumNameBody(kind);
    for (const Slot name : slots) EXPECT_EQ(in(name), out(name)) << EnumNameBody(kind) << " " << view::EnumNameSlot(name);
    if (kind == Body::StateDigest) {
      EXPECT_EQ(memory_->input_entries[1], memory_->outcome_entries[1]);
    }
  }
}

TEST_F(EventCodecTest, EveryBodyOfAKindHasTheSameLayout) {
  out(Slot::Kind) = static_cast<double>(Body::IntentDispatched);
  out(Slot::Strategy) = 1;
  std::vector<std::uint64_t> first(kDispatchBodySize / 8, ~std::uint64_t{0});
  std::vector<std::uint64_t> second(kDispatchBodySize / 8, 0);
  ASSERT_EQ(encode_event(memory_->outcome, nullptr, reinterpret_cast<std::uint8_t*>(first.data())), Status::Ok);
  ASSERT_EQ(encode_event(memory_->outcome, nullptr, reinterpret_cast<std::uint8_t*>(second.data())), Status::Ok);
  EXPECT_EQ(first, second) << "every byte is written, padding included";
  const auto* event = reinterpret_cast<const std::uint8_t*>(first.data());
  // A change of these bytes is a change of the journal format: raise its version.
  EXPECT_EQ(hash_identifier({reinterpret_cast<const char*>(event), kDispatchBodySize}), 0x7C77A2E85AE1C121u);
}

TEST_F(EventCodecTest, RefusesToEncodeWhatIsNoInteger) {
  out(Slot::Kind) = static_cast<double>(Body::IntentClosed);
  bytes_.assign(64, 0);
  const auto encodes = [&](Slot name, double value) {
    const double before = out(name);
    out(name) = value;
    const Status status = encode_event(memory_->outcome, nullptr, data());
    out(name) = before;
    return status;
  };
  EXPECT_EQ(encodes(Slot::Price, 1), Status::Ok);
  EXPECT_EQ(encodes(Slot::Price, 0.5), Status::BadValue);
  EXPECT_EQ(encodes(Slot::Price, std::numeric_limits<double>::quiet_NaN()), Status::BadValue);
  EXPECT_EQ(encodes(Slot::Price, static_cast<double>(kSafeMax) + 1), Status::BadValue);
  EXPECT_EQ(encodes(Slot::OrderId, -1), Status::BadValue);
  EXPECT_EQ(encodes(Slot::Instrument, 4294967296.0), Status::BadValue);
  EXPECT_EQ(encodes(Slot::Strategy, -2), Status::BadValue);
  EXPECT_EQ(encodes(Slot::Reason, 11), Status::BadValue);
  EXPECT_EQ(encodes(Slot::Kind, static_cast<double>(Body::Trade)), Status::KindNotAllowed);
  EXPECT_EQ(encodes(Slot::Kind, std::numeric_limits<double>::quiet_NaN()), Status::KindNotAllowed);
  out(Slot::Kind) = static_cast<double>(Body::StateDigest);
  out(Slot::Count) = kUndecidedCountMax + 1;
  EXPECT_EQ(encoded_size(memory_->outcome), 0u);
}

}  // namespace
}  // namespace tcx

// Frames of each dialect as their Venues write them, field by field. Whole recordings, and frames in every other form, are
// compared with a plain reading in daemon/binding/market-decoder.test.ts.
#include "venue/market_decoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace tcx::venue {
namespace {

using view::BookEntry;
using view::FrameView;
using view::LevelEntry;
using view::TradeEntry;

using Numbers = std::vector<double>;

// A decoder and readable access to what it left.
class Decoding {
 public:
  Decoding(const char* dialect, const std::vector<std::string>& symbols) : decoder_(make_market_decoder(dialect, symbols)) {}

  FrameKind decode(const std::string& frame) {
    return decoder_->decode(reinterpret_cast<const std::uint8_t*>(frame.data()), frame.size());
  }
  double frame(FrameView field) { return decoder_->frame()[index_of(field)]; }
  double book(BookEntry field, std::size_t index = 0) {
    return decoder_->books()[index * kBookStride + index_of(field)];
  }
  double trade(TradeEntry field, std::size_t index = 0) {
    return decoder_->trades()[index * kTradeStride + index_of(field)];
  }
  Numbers bids(std::size_t index = 0) { return levels(book(BookEntry::BidsFrom, index), book(BookEntry::BidsTo, index)); }
  Numbers asks(std::size_t index = 0) { return levels(book(BookEntry::AsksFrom, index), book(BookEntry::AsksTo, index)); }
  Numbers print(std::size_t index = 0) {
    return {trade(TradeEntry::Symbol, index), trade(TradeEntry::Price, index), trade(TradeEntry::PriceDecimals, index),
            trade(TradeEntry::Quantity, index), trade(TradeEntry::QuantityDecimals, index), trade(TradeEntry::Id, index),
            trade(TradeEntry::Aggressor, index), trade(TradeEntry::EventSeconds, index),
            trade(TradeEntry::EventNanoseconds, index)};
  }

 private:
  Numbers levels(double from, double to) {
    const double* const all = decoder_->levels();
    return {all + static_cast<std::size_t>(from) * kLevelStride, all + static_cast<std::size_t>(to) * kLevelStride};
  }

  std::unique_ptr<MarketDecoder> decoder_;
};

const std::string kKrakenUpdate =
    R"({"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":64524.0,"qty":0.00000000},)"
    R"({"price":64521.2,"qty":0.00200000}],"asks":[],"checksum":3906264065,"timestamp":"2026-07-19T17:54:39.799885Z"}]})";

TEST(KrakenDecoder, ReadsABookUpdate) {
  Decoding d("kraken", {"ETH/USD", "BTC/USD"});
  ASSERT_EQ(d.decode(kKrakenUpdate), FrameKind::Book);
  EXPECT_EQ(d.frame(FrameView::BookCount), 1);
  EXPECT_EQ(d.frame(FrameView::LevelCount), 2);
  EXPECT_EQ(d.frame(FrameView::IsSnapshot), 0);
  EXPECT_EQ(d.book(BookEntry::IsSnapshot), 0);
  EXPECT_EQ(d.book(BookEntry::Symbol), 1);
  EXPECT_EQ(d.book(BookEntry::Checksum), 3906264065);
  EXPECT_EQ(d.bids(), (Numbers{645240, 1, 0, 8, 645212, 1, 200000, 8}));
  EXPECT_EQ(d.asks(), (Numbers{}));
  EXPECT_EQ(d.book(BookEntry::EventSeconds), 1784483679);
  EXPECT_EQ(d.book(BookEntry::EventNanoseconds), 799885000);
  EXPECT_TRUE(std::isnan(d.book(BookEntry::Last)));
}

TEST(KrakenDecoder, ReadsDataThatComesBeforeItsChannel) {
  Decoding d("kraken", {"X"});
  ASSERT_EQ(d.decode(R"({"data":[{"bids":[{"qty":2,"price":1.5}],"symbol":"X"}],"type":"snapshot",)"
                     R"("channel":"book"})"), FrameKind::Book);
  EXPECT_EQ(d.bids(), (Numbers{15, 1, 2, 0}));
  EXPECT_EQ(d.book(BookEntry::IsSnapshot), 1);
  EXPECT_TRUE(std::isnan(d.book(BookEntry::Checksum)));
}

TEST(KrakenDecoder, TheLastOfRepeatedFieldsCounts) {
  Decoding d("kraken", {"X", "Y"});
  ASSERT_EQ(d.decode(R"({"channel":"trade","data":[{"symbol":"X"}],"channel":"book","data":[{"symbol":"X","symbol":"Y",)"
                     R"("bids":[{"price":1,"price":2,"qty":1}],"bids":[{"price":3,"qty":4}]}]})"),
            FrameKind::Book);
  EXPECT_EQ(d.frame(FrameView::TradeCount), 0);
  EXPECT_EQ(d.frame(FrameView::BookCount), 1);
  EXPECT_EQ(d.book(BookEntry::Symbol), 1);
  EXPECT_EQ(d.bids(), (Numbers{3, 0, 4, 0}));
}

TEST(KrakenDecoder, NamesWhatItDoesNotKnow) {
  Decoding d("kraken", {"BTC/USD"});
  const std::string frame = R"({"channel":"book","type":"update","data":[{"symbol":"ETH\/USD"},)"
                            R"({"symbol":"BTC\/USD"},{}]})";
  ASSERT_EQ(d.decode(frame), FrameKind::Book);
  EXPECT_EQ(d.book(BookEntry::Symbol, 0), -1);
  const auto at = static_cast<std::size_t>(d.book(BookEntry::NameAt, 0));
  EXPECT_EQ(frame.substr(at, static_cast<std::size_t>(d.book(BookEntry::NameSize, 0))), R"(ETH\/USD)");
  EXPECT_EQ(d.book(BookEntry::Symbol, 1), 0);
  EXPECT_EQ(d.book(BookEntry::Symbol, 2), -1);
  EXPECT_EQ(d.book(BookEntry::NameSize, 2), 0);
}

TEST(KrakenDecoder, ReadsTrades) {
  Decoding d("kraken", {"BTC/USD"});
  ASSERT_EQ(d.decode(R"({"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell",)"
                     R"("price":64525.1,"qty":1.0E-7,)"
                     R"("ord_type":"market","trade_id":4665906,"timestamp":"2026-07-19T17:54:39Z"},)"
                     R"({"symbol":"BTC/USD","side":"?"}]})"),
            FrameKind::Trade);
  ASSERT_EQ(d.frame(FrameView::TradeCount), 2);
  EXPECT_EQ(d.print(0), (Numbers{0, 645251, 1, 10, 8, 4665906, 1, 1784483679, 0}));
  EXPECT_TRUE(std::isnan(d.trade(TradeEntry::Price, 1)));
  EXPECT_TRUE(std::isnan(d.trade(TradeEntry::Aggressor, 1)));
}

TEST(KrakenDecoder, ATimeThatIsNoneIsZeroAndTheFrameCounts) {
  Decoding d("kraken", {"X"});
  const auto seconds = [&d](const std::string& time) {
    EXPECT_EQ(d.decode(R"({"channel":"book","data":[{"timestamp":)" + time + "}]}"), FrameKind::Book) << time;
    EXPECT_TRUE(d.book(BookEntry::EventSeconds) > 0 || d.book(BookEntry::EventNanoseconds) == 0) << time;
    return d.book(BookEntry::EventSeconds);
  };
  EXPECT_EQ(seconds(R"("2026-07-19T17:54:39.1Z")"), 1784483679);
  EXPECT_EQ(d.book(BookEntry::EventNanoseconds), 100000000);
  EXPECT_EQ(seconds(R"("2026-07-19T17:54:39.123456789987Z")"), 1784483679);
  EXPECT_EQ(d.book(BookEntry::EventNanoseconds), 123456789);
  EXPECT_EQ(seconds(R"("1970-01-01T00:00:01Z")"), 1);
  EXPECT_EQ(seconds(R"("2024-02-29T00:00:00Z")"), 1709164800);
  for (const char* time : {"", "2026-07-19 17:54:39Z", "2026-07-19T17:54:39", "2026-13-19T17:54:39Z", "2026-07-19T25:54:39Z",
                           "2026-07-19T17:54:39.Z", "2026-07-19T17:54:39.12x4Z", "202x-07-19T17:54:39Z",
                           "2x26-07-19T17:54:39Z", "20260719T175439Z", "2026-07-19T17:54:39+02Z"}) {
    EXPECT_EQ(seconds("\"" + std::string(time) + "\""), 0) << time;
  }
  EXPECT_EQ(seconds("5"), 0);
  EXPECT_EQ(seconds("null"), 0);
}

TEST(KrakenDecoder, TellsTheKindsApart) {
  Decoding d("kraken", {"X"});
  EXPECT_EQ(d.decode(R"({"channel":"heartbeat"})"), FrameKind::Heartbeat);
  EXPECT_EQ(d.decode(R"({"channel":"status","type":"update","data":[{"system":"online"}]})"), FrameKind::Other);
  EXPECT_EQ(d.decode(R"({"method":"subscribe","result":{"channel":"book","symbol":"X"},)"
                     R"("success":true})"), FrameKind::Other);
  EXPECT_EQ(d.decode(R"({"channel":1})"), FrameKind::Malformed);
  EXPECT_EQ(d.decode(R"({"channel":"book","data":[{"bids":[1]}]})"), FrameKind::Malformed);
}

TEST(KrakenDecoder, AFaultSaysWhereAndWhetherABookWasLost) {
  Decoding d("kraken", {"X"});
  ASSERT_EQ(d.decode(kKrakenUpdate.substr(0, 100)), FrameKind::Malformed);
  EXPECT_EQ(d.frame(FrameView::MayBeBook), 1);
  EXPECT_EQ(d.frame(FrameView::BookCount), 0);
  EXPECT_EQ(d.frame(FrameView::LevelCount), 0);
  EXPECT_GT(d.frame(FrameView::FaultAt), 80);
  EXPECT_LE(d.frame(FrameView::FaultAt), 100);
  ASSERT_EQ(d.decode(R"({"channel":"trade","data":[)"), FrameKind::Malformed);
  EXPECT_EQ(d.frame(FrameView::MayBeBook), 0);
}

TEST(MarketDecoder, HoldsFiveThousandLevelsASideAndRefusesMoreThanItsMemory) {
  const auto frame = [](std::size_t count) {
    std::string side;
    for (std::size_t i = 0; i < count; i++) side += (i > 0 ? ",[\"" : "[\"") + std::to_string(i + 1) + "\",\"1\"]";
    return R"({"lastUpdateId":7,"bids":[)" + side + R"(],"asks":[)" + side + "]}";
  };
  Decoding d("binance", {"X"});
  ASSERT_EQ(d.decode(frame(5000)), FrameKind::Book);
  EXPECT_EQ(d.frame(FrameView::LevelCount), 10000);
  ASSERT_EQ(d.decode(frame(kLevelCountMax / 2)), FrameKind::Book);
  ASSERT_EQ(d.decode(frame(kLevelCountMax / 2 + 1)), FrameKind::Oversize);
  EXPECT_EQ(d.frame(FrameView::MayBeBook), 1);
  EXPECT_EQ(d.frame(FrameView::LevelCount), 0);
}

TEST(MarketDecoder, RefusesMoreBooksAndPrintsThanItsMemory) {
  const auto frame = [](const char* channel, std::size_t count) {
    std::string list = "{}";
    for (std::size_t i = 1; i < count; i++) list += ",{}";
    return R"({"channel":")" + std::string(channel) + R"(","data":[)" + list + "]}";
  };
  Decoding d("kraken", {});
  EXPECT_EQ(d.decode(frame("book", kBookCountMax)), FrameKind::Book);
  EXPECT_EQ(d.decode(frame("book", kBookCountMax + 1)), FrameKind::Oversize);
  EXPECT_EQ(d.decode(frame("trade", kTradeCountMax)), FrameKind::Trade);
  EXPECT_EQ(d.decode(frame("trade", kTradeCountMax + 1)), FrameKind::Oversize);
  EXPECT_EQ(d.frame(FrameView::MayBeBook), 0);
}

TEST(BinanceDecoder, ReadsADiffWrappedOrNot) {
  const std::string event = R"({"e":"depthUpdate","E":1723161257440,"T":1723161257432,"s":"BTCUSD_PERP",)"
                            R"("ps":"BTCUSD","U":1007198631260,)"
                            R"("u":1007198631565,"pu":1007198631198,"b":[["61773.6","1001"]],"a":[]})";
  Decoding d("binance", {"BTCUSD_PERP"});
  const std::string frames[] = {event, R"({"stream":"btcusd_perp@depth","data":)" + event + "}",
                                R"({"data":)" + event + R"(,"stream":"x"})"};
  for (const std::string& frame : frames) {
    ASSERT_EQ(d.decode(frame), FrameKind::Book);
    EXPECT_EQ(d.book(BookEntry::Symbol), 0);
    EXPECT_EQ(d.book(BookEntry::First), 1007198631260);
    EXPECT_EQ(d.book(BookEntry::Last), 1007198631565);
    EXPECT_EQ(d.book(BookEntry::Previous), 1007198631198);
    EXPECT_EQ(d.bids(), (Numbers{617736, 1, 1001, 0}));
    EXPECT_EQ(d.asks(), (Numbers{}));
    EXPECT_EQ(d.book(BookEntry::EventSeconds), 1723161257);
    EXPECT_EQ(d.book(BookEntry::EventNanoseconds), 432000000);
    EXPECT_EQ(d.book(BookEntry::IsSnapshot), 0);
  }
}

TEST(BinanceDecoder, ReadsLevelsThatComeBeforeTheType) {
  Decoding d("binance", {"X"});
  ASSERT_EQ(d.decode(R"({"a":[["2","1"]],"b":[["1","1"]],"s":"X","u":2,"U":1,"E":1723161257440123,)"
                     R"("e":"depthUpdate"})"), FrameKind::Book);
  EXPECT_EQ(d.bids(), (Numbers{1, 0, 1, 0}));
  EXPECT_EQ(d.asks(), (Numbers{2, 0, 1, 0}));
  EXPECT_EQ(d.book(BookEntry::EventSeconds), 1723161257);
  EXPECT_EQ(d.book(BookEntry::EventNanoseconds), 440123000);
  EXPECT_TRUE(std::isnan(d.book(BookEntry::Previous)));
}

TEST(BinanceDecoder, OnlyTheWrappedEventCounts) {
  Decoding d("binance", {"X"});
  ASSERT_EQ(d.decode(R"({"s":"X","u":7,"data":{"e":"depthUpdate","b":[["1","1"]]},"s":"X"})"), FrameKind::Book);
  EXPECT_EQ(d.book(BookEntry::Symbol), -1);
  EXPECT_TRUE(std::isnan(d.book(BookEntry::Last)));
  EXPECT_EQ(d.bids(), (Numbers{1, 0, 1, 0}));
  EXPECT_EQ(d.decode(R"({"e":"depthUpdate","b":[],"data":null})"), FrameKind::Other);
}

TEST(BinanceDecoder, ReadsSnapshotsOfTheHttpInterface) {
  Decoding d("binance", {"BTCUSD_PERP"});
  ASSERT_EQ(d.decode(R"({"lastUpdateId":50093239218,"bids":[["61837.63000000","3.78826000"]],)"
                     R"("asks":[["61837.64000000","1"]]})"), FrameKind::Book);
  EXPECT_EQ(d.book(BookEntry::Symbol), -1);
  EXPECT_EQ(d.book(BookEntry::NameSize), 0);
  EXPECT_EQ(d.book(BookEntry::IsSnapshot), 1);
  EXPECT_EQ(d.book(BookEntry::Last), 50093239218);
  EXPECT_TRUE(std::isnan(d.book(BookEntry::First)));
  EXPECT_EQ(d.bids(), (Numbers{6183763000000, 8, 378826000, 8}));
  EXPECT_EQ(d.book(BookEntry::EventSeconds), 0);
  ASSERT_EQ(d.decode(R"({"lastUpdateId":1,"E":1723161257835,"T":1723161257823,"symbol":"BTCUSD_PERP",)"
                     R"("pair":"BTCUSD","bids":[],"asks":[]})"),
            FrameKind::Book);
  EXPECT_EQ(d.book(BookEntry::Symbol), 0);
  EXPECT_EQ(d.book(BookEntry::EventNanoseconds), 823000000);
  EXPECT_EQ(d.decode(R"({"lastUpdateId":1})"), FrameKind::Other);
  EXPECT_EQ(d.decode(R"({"stream":"x@depth5","data":{"lastUpdateId":1,"bids":[],"asks":[]}})"), FrameKind::Other);
}

TEST(BinanceDecoder, ReadsTrades) {
  Decoding d("binance", {"BTCUSDT"});
  ASSERT_EQ(d.decode(R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",)"
                     R"("t":3735683259,"p":"61837.63000000",)"
                     R"("q":"0.02000000","b":1,"a":2,"T":1723161255342,"m":true,"M":true}})"),
            FrameKind::Trade);
  EXPECT_EQ(d.print(), (Numbers{0, 6183763000000, 8, 2000000, 8, 3735683259, 1, 1723161255, 342000000}));
  EXPECT_EQ(d.frame(FrameView::BookCount), 0);
  ASSERT_EQ(d.decode(R"({"e":"aggTrade","E":1,"s":"BTCUSDT","a":26129,"p":"0.01633102","q":"4.70443515",)"
                     R"("f":27781,"l":27781,"T":1498793709153,"m":false})"),
            FrameKind::Trade);
  EXPECT_EQ(d.print(), (Numbers{0, 1633102, 8, 470443515, 8, 26129, 0, 1498793709, 153000000}));
}

TEST(BinanceDecoder, TellsTheKindsApart) {
  Decoding d("binance", {"BTCUSDT"});
  for (const char* frame : {R"({"u":1,"s":"BTCUSDT","b":"61837.63","B":"3.7","a":"61837.64","A":"1.5"})",
                            R"({"result":null,"id":1})",
                            R"({"e":"executionReport","s":5,"b":{},"a":[[1,2]]})", R"({"stream":"!ticker@arr",)"
                                                                                   R"("data":[{"e":"24hrTicker"}]})"}) {
    EXPECT_EQ(d.decode(frame), FrameKind::Other) << frame;
  }
  EXPECT_EQ(d.decode(R"({"e":"depthUpdate","s":5})"), FrameKind::Malformed);
  EXPECT_EQ(d.decode(R"({"e":"depthUpdate","b":"1"})"), FrameKind::Malformed);
  EXPECT_EQ(d.decode(R"({"e":"trade","s":["BTCUSDT"]})"), FrameKind::Malformed);
  EXPECT_EQ(d.frame(FrameView::MayBeBook), 0);
}

TEST(OkxDecoder, ReadsBooks) {
  Decoding d("okx", {"BTC-USDT"});
  ASSERT_EQ(d.decode(R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update",)"
                     R"("data":[{"asks":[["30238.8","2","0","1"]],"bids":[],)"
                     R"("ts":"1652459225500","checksum":-855196043,"seqId":123457,"prevSeqId":-1}]})"),
            FrameKind::Book);
  EXPECT_EQ(d.book(BookEntry::Symbol), 0);
  EXPECT_EQ(d.book(BookEntry::Checksum), -855196043);
  EXPECT_EQ(d.book(BookEntry::Last), 123457);
  EXPECT_EQ(d.book(BookEntry::Previous), -1);
  EXPECT_EQ(d.book(BookEntry::IsSnapshot), 0);
  EXPECT_EQ(d.asks(), (Numbers{302388, 1, 2, 0}));
  EXPECT_EQ(d.book(BookEntry::EventSeconds), 1652459225);
  EXPECT_EQ(d.book(BookEntry::EventNanoseconds), 500000000);
  ASSERT_EQ(d.decode(R"({"data":[{"bids":[["1","2"]]}],"action":"snapshot","arg":{"instId":"BTC-USDT",)"
                     R"("channel":"books-l2-tbt"}})"), FrameKind::Book);
  EXPECT_EQ(d.book(BookEntry::Symbol), 0);
  EXPECT_EQ(d.book(BookEntry::IsSnapshot), 1);
  ASSERT_EQ(d.decode(R"({"arg":{"channel":"books5","instId":"BTC-USDT"},"data":[{"asks":[],"bids":[],)"
                     R"("instId":"BTC-USDT"}]})"), FrameKind::Book);
  EXPECT_EQ(d.book(BookEntry::IsSnapshot), 1);
}

TEST(OkxDecoder, ReadsTradesAndTheRest) {
  Decoding d("okx", {"BTC-USDT"});
  ASSERT_EQ(d.decode(R"({"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT",)"
                     R"("tradeId":"206","px":"0.0065","sz":"2",)"
                     R"("side":"sell","ts":"1626922893155"},{"px":"1","sz":"2","side":"buy"}]})"),
            FrameKind::Trade);
  EXPECT_EQ(d.print(0), (Numbers{0, 65, 4, 2, 0, 206, 1, 1626922893, 155000000}));
  EXPECT_EQ(d.print(1), (Numbers{0, 1, 0, 2, 0, 0, 0, 0, 0}));
  EXPECT_EQ(d.frame(FrameView::IsSnapshot), 0);
  EXPECT_EQ(d.decode("pong"), FrameKind::Heartbeat);
  EXPECT_EQ(d.decode("pongs"), FrameKind::Malformed);
  EXPECT_EQ(d.decode(R"({"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"}})"), FrameKind::Other);
  EXPECT_EQ(d.decode(R"({"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{}]})"), FrameKind::Other);
  EXPECT_EQ(d.decode(R"({"arg":{"channel":"tickers"},"data":)"), FrameKind::Malformed);
  EXPECT_EQ(d.frame(FrameView::MayBeBook), 0);
}

TEST(BitgetDecoder, ReadsBooksAndTrades) {
  Decoding d("bitget", {"CULTUSDT"});
  ASSERT_EQ(d.decode(R"({"action":"snapshot","arg":{"instType":"sp","channel":"books","instId":"CULTUSDT"},)"
                     R"("data":[{"asks":[["0.00003530","145214"]],)"
                     R"("bids":[],"checksum":-12345,"ts":"1649290077537"}]})"),
            FrameKind::Book);
  EXPECT_EQ(d.asks(), (Numbers{3530, 8, 145214, 0}));
  EXPECT_EQ(d.book(BookEntry::Checksum), -12345);
  ASSERT_EQ(d.decode(R"({"action":"update","arg":{"instType":"sp","channel":"trade","instId":"CULTUSDT"},)"
                     R"("data":[["1649290076333","0.00003507","271967","sell"]]})"),
            FrameKind::Trade);
  EXPECT_EQ(d.print(), (Numbers{0, 3507, 8, 271967, 0, 0, 1, 1649290076, 333000000}));
  EXPECT_EQ(d.frame(FrameView::IsSnapshot), 0);
  ASSERT_EQ(d.decode(R"({"action":"snapshot","arg":{"channel":"trade"},"data":[]})"), FrameKind::Trade);
  EXPECT_EQ(d.frame(FrameView::IsSnapshot), 1);
}

TEST(KrakenV1Decoder, ReadsBooksTradesAndEvents) {
  Decoding d("kraken-v1", {"XBT/USD"});
  ASSERT_EQ(d.decode(R"([1664,{"a":[["2192.68","3.00","1618678133.162950"]]},{"b":[["2192.67","0",)"
                     R"("1618678133.162951","r"]],"c":"974947235"},)"
                     R"("book-1000","XBT/USD"])"),
            FrameKind::Book);
  EXPECT_EQ(d.asks(), (Numbers{219268, 2, 300, 2}));
  EXPECT_EQ(d.bids(), (Numbers{219267, 2, 0, 0}));
  EXPECT_EQ(d.book(BookEntry::Checksum), 974947235);
  EXPECT_EQ(d.book(BookEntry::IsSnapshot), 0);
  EXPECT_EQ(d.book(BookEntry::EventSeconds), 1618678133);
  EXPECT_EQ(d.book(BookEntry::EventNanoseconds), 162951000);
  ASSERT_EQ(d.decode(R"([1,{"as":[],"bs":[["1","2","3.5"]]},"book-10","XBT/USD"])"), FrameKind::Book);
  EXPECT_EQ(d.book(BookEntry::IsSnapshot), 1);
  ASSERT_EQ(d.decode(R"([0,[["5541.20","0.15","1534614057.321597","s","l",""],["5541.3","1","1534614057","b",)"
                     R"("m",""]],"trade","XBT/USD"])"),
            FrameKind::Trade);
  EXPECT_EQ(d.print(0), (Numbers{0, 554120, 2, 15, 2, 0, 1, 1534614057, 321597000}));
  EXPECT_EQ(d.print(1), (Numbers{0, 55413, 1, 1, 0, 0, 0, 1534614057, 0}));
  EXPECT_EQ(d.decode(R"({"event":"heartbeat"})"), FrameKind::Heartbeat);
  EXPECT_EQ(d.decode(R"({"event":"systemStatus","connectionID":17843232920108168701})"), FrameKind::Other);
  EXPECT_EQ(d.decode(R"([340,{"a":["5525.4",1,"1.0"]},"ticker","XBT/USD"])"), FrameKind::Other);
  EXPECT_EQ(d.decode(R"([1,{"a":["x"]},"book-10","XBT/USD"])"), FrameKind::Malformed);
  EXPECT_EQ(d.frame(FrameView::MayBeBook), 1);
}

TEST(MarketDecoder, RefusesUnknownDialects) {
  EXPECT_EQ(make_market_decoder("kucoin", {}), nullptr);
  EXPECT_EQ(make_market_decoder("kraken", {""}), nullptr);
}

}  // namespace
}  // namespace tcx::venue

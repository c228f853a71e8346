// Decodes arbitrary bytes as a frame of one dialect, which the first byte chooses. Whatever the kind, the views hold only
// what schemas/view.fbs allows; the same bytes read the same again; nothing outside the frame and its padding is read.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/integers.h"
#include "venue/market_decoder.h"

namespace {

using tcx::venue::FrameKind;
using tcx::venue::index_of;
using tcx::venue::MarketDecoder;
using tcx::view::BookEntry;
using tcx::view::FrameView;
using tcx::view::LevelEntry;
using tcx::view::TradeEntry;

const std::vector<std::string> kSymbols = {"BTC/USD", "BTCUSDT", "BTC-USDT", "CULTUSDT", "X"};

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_integer_or_none(double value) {
  return std::isnan(value) || (std::trunc(value) == value && std::abs(value) <= static_cast<double>(tcx::kSafeMax));
}

double field(const double* entry, auto name) { return entry[index_of(name)]; }

// Symbol, name and time, which both kinds of entry have.
void check_entry(const double* entry, double seconds, double nanoseconds, std::size_t size) {
  const double symbol = field(entry, BookEntry::Symbol);
  require(symbol >= -1 && symbol < static_cast<double>(kSymbols.size()));
  require(field(entry, BookEntry::NameAt) + field(entry, BookEntry::NameSize) <= static_cast<double>(size));
  require(seconds >= 0 && std::trunc(seconds) == seconds && nanoseconds >= 0 && nanoseconds < 1e9);
}

void check_book(const double* book, double level_count, std::size_t size) {
  check_entry(book, field(book, BookEntry::EventSeconds), field(book, BookEntry::EventNanoseconds), size);
  require(field(book, BookEntry::BidsFrom) <= field(book, BookEntry::BidsTo));
  require(field(book, BookEntry::AsksFrom) <= field(book, BookEntry::AsksTo));
  require(field(book, BookEntry::BidsTo) <= level_count && field(book, BookEntry::AsksTo) <= level_count);
  for (const auto name : {BookEntry::Checksum, BookEntry::First, BookEntry::Last, BookEntry::Previous}) {
    require(is_integer_or_none(field(book, name)));
  }
}

void check_views(MarketDecoder& decoder, FrameKind kind, std::size_t size) {
  const double* const frame = decoder.frame();
  const auto books = static_cast<std::size_t>(field(frame, FrameView::BookCount));
  const auto trades = static_cast<std::size_t>(field(frame, FrameView::TradeCount));
  const double levels = field(frame, FrameView::LevelCount);
  require(field(frame, FrameView::Kind) == static_cast<double>(kind));
  require(field(frame, FrameView::FaultAt) <= static_cast<double>(size));
  require(kind == FrameKind::Book || (books == 0 && levels == 0));
  require(kind == FrameKind::Trade || trades == 0);
  for (std::size_t i = 0; i < books; i++) check_book(decoder.books() + i * tcx::venue::kBookStride, levels, size);
  for (std::size_t i = 0; i < static_cast<std::size_t>(levels); i++) {
    const double* const level = decoder.levels() + i * tcx::venue::kLevelStride;
    require(is_integer_or_none(field(level, LevelEntry::Price)) && is_integer_or_none(field(level, LevelEntry::Quantity)));
  }
  for (std::size_t i = 0; i < trades; i++) {
    const double* const trade = decoder.trades() + i * tcx::venue::kTradeStride;
    check_entry(trade, field(trade, TradeEntry::EventSeconds), field(trade, TradeEntry::EventNanoseconds), size);
    require(is_integer_or_none(field(trade, TradeEntry::Price)) && is_integer_or_none(field(trade, TradeEntry::Quantity)));
    require(field(trade, TradeEntry::Id) >= 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const std::unique_ptr<MarketDecoder> decoders[] = {
      tcx::venue::make_market_decoder("kraken", kSymbols),  tcx::venue::make_market_decoder("binance", kSymbols),
      tcx::venue::make_market_decoder("okx", kSymbols),     tcx::venue::make_market_decoder("bitget", kSymbols),
      tcx::venue::make_market_decoder("kraken-v1", kSymbols)};
  if (size == 0) return 0;
  MarketDecoder& decoder = *decoders[bytes[0] % std::size(decoders)];
  size -= 1;
  // Memory of exactly this size, so that the sanitizer sees a read behind the padding.
  const auto frame = std::make_unique<std::uint8_t[]>(size + tcx::venue::kPadding);
  std::memcpy(frame.get(), bytes + 1, size);
  const FrameKind kind = decoder.decode_padded(frame.get(), size);
  check_views(decoder, kind, size);
  require(decoder.decode(bytes + 1, size) == kind);
  return 0;
}

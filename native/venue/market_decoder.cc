// Memory, limits and entries, shared by all dialects.
#include "venue/market_decoder.h"

#include <cstdlib>
#include <cstring>

#include "venue/binance.h"
#include "venue/bitget.h"
#include "venue/kraken.h"
#include "venue/kraken_v1.h"
#include "venue/okx.h"

namespace tcx::venue {
namespace {

using view::BookEntry;
using view::FrameView;
using view::LevelEntry;
using view::TradeEntry;

static_assert(index_of(BookEntry::Symbol) == index_of(TradeEntry::Symbol));
static_assert(index_of(BookEntry::NameAt) == index_of(TradeEntry::NameAt));
static_assert(index_of(BookEntry::NameSize) == index_of(TradeEntry::NameSize));
static_assert(index_of(BookEntry::EventNanoseconds) == index_of(BookEntry::EventSeconds) + 1);
static_assert(index_of(TradeEntry::EventNanoseconds) == index_of(TradeEntry::EventSeconds) + 1);
static_assert(index_of(LevelEntry::PriceDecimals) == index_of(LevelEntry::Price) + 1);
static_assert(index_of(LevelEntry::QuantityDecimals) == index_of(LevelEntry::Quantity) + 1);
static_assert(kLevelCountMax >= 2 * 5000);

// What is looked at instead of a frame that is too large.
constexpr std::uint8_t kNothing[kPadding] = {};

bool is_within_limits(const std::vector<std::string>& symbols) noexcept {
  if (symbols.size() > kSymbolCountMax) return false;
  for (const std::string& symbol : symbols) {
    if (symbol.empty() || symbol.size() > kSymbolSizeMax) return false;
  }
  return true;
}

}  // namespace

void MarketDecoder::Released::operator()(void* memory) const noexcept { std::free(memory); }

// calloc, so that only pages that frames reach are ever in memory.
MarketDecoder::MarketDecoder(const std::vector<std::string>& symbols)
    : symbols_(symbols),
      books_(std::make_unique<double[]>(kBookCountMax * kBookStride)),
      trades_(std::make_unique<double[]>(kTradeCountMax * kTradeStride)),
      levels_(std::make_unique<double[]>(kLevelCountMax * kLevelStride)),
      text_(static_cast<std::uint8_t*>(std::calloc(kFrameSizeMax + kPadding, 1))) {
  if (text_ == nullptr) std::abort();
}

FrameKind MarketDecoder::decode(const std::uint8_t* frame, std::size_t size) noexcept {
  if (size <= kFrameSizeMax) {
    if (size > 0) std::memcpy(text_.get(), frame, size);
    std::memset(text_.get() + size, 0, kPadding);
  }
  return decode_padded(text_.get(), size);
}

FrameKind MarketDecoder::decode_padded(const std::uint8_t* frame, std::size_t size) noexcept {
  clear();
  is_too_large_ = size > kFrameSizeMax;
  if (is_too_large_) scanner_.open(kNothing, 0);
  else scanner_.open(frame, size);
  read();
  if (is_too_large_) return finish(FrameKind::Oversize);
  if (!scanner_.finished()) {
    scanner_.fail();
    return finish(FrameKind::Malformed);
  }
  const FrameKind kind = resolve();
  if (is_too_large_) return finish(FrameKind::Oversize);
  return finish(scanner_.ok() ? kind : FrameKind::Malformed);
}

FrameKind MarketDecoder::finish(FrameKind kind) noexcept {
  const bool failed = kind == FrameKind::Malformed || kind == FrameKind::Oversize;
  if (failed) clear();
  frame_[index_of(FrameView::Kind)] = static_cast<double>(kind);
  frame_[index_of(FrameView::BookCount)] = static_cast<double>(book_count_);
  frame_[index_of(FrameView::TradeCount)] = static_cast<double>(trade_count_);
  frame_[index_of(FrameView::LevelCount)] = static_cast<double>(level_count_);
  frame_[index_of(FrameView::MayBeBook)] = failed && may_be_book() ? 1 : 0;
  frame_[index_of(FrameView::FaultAt)] = failed ? static_cast<double>(scanner_.position()) : 0;
  return kind;
}

void MarketDecoder::clear() noexcept {
  book_count_ = trade_count_ = level_count_ = 0;
  frame_[index_of(FrameView::IsSnapshot)] = -1;
}

void MarketDecoder::overflow() noexcept {
  is_too_large_ = true;
  scanner_.fail();
}

double* MarketDecoder::next_book() noexcept {
  if (book_count_ == kBookCountMax) {
    overflow();
    return nullptr;
  }
  double* const book = books_.get() + book_count_ * kBookStride;
  book_count_ += 1;
  for (std::size_t i = 0; i < kBookStride; i++) book[i] = 0;
  book[index_of(BookEntry::Symbol)] = -1;
  book[index_of(BookEntry::Checksum)] = kNone;
  book[index_of(BookEntry::First)] = kNone;
  book[index_of(BookEntry::Last)] = kNone;
  book[index_of(BookEntry::Previous)] = kNone;
  book[index_of(BookEntry::IsSnapshot)] = -1;
  return book;
}

double* MarketDecoder::next_trade() noexcept {
  if (trade_count_ == kTradeCountMax) {
    overflow();
    return nullptr;
  }
  double* const trade = trades_.get() + trade_count_ * kTradeStride;
  trade_count_ += 1;
  for (std::size_t i = 0; i < kTradeStride; i++) trade[i] = 0;
  trade[index_of(TradeEntry::Symbol)] = -1;
  trade[index_of(TradeEntry::Price)] = kNone;
  trade[index_of(TradeEntry::Quantity)] = kNone;
  trade[index_of(TradeEntry::Aggressor)] = kNone;
  return trade;
}

void MarketDecoder::read_symbol(double* entry) noexcept {
  if (!scanner_.string()) return;
  const std::int32_t index = symbols_.find(scanner_.token(), scanner_.token_size());
  const bool is_known = index >= 0;
  entry[index_of(BookEntry::Symbol)] = index;
  entry[index_of(BookEntry::NameAt)] = is_known ? 0 : static_cast<double>(scanner_.raw_at());
  entry[index_of(BookEntry::NameSize)] = is_known ? 0 : static_cast<double>(scanner_.raw_size());
}

void MarketDecoder::set_book_time(double* book, const EventTime& time) noexcept {
  book[index_of(BookEntry::EventSeconds)] = time.seconds;
  book[index_of(BookEntry::EventNanoseconds)] = time.nanoseconds;
}

void MarketDecoder::set_trade_time(double* trade, const EventTime& time) noexcept {
  trade[index_of(TradeEntry::EventSeconds)] = time.seconds;
  trade[index_of(TradeEntry::EventNanoseconds)] = time.nanoseconds;
}

void MarketDecoder::set_snapshot(double is_snapshot) noexcept {
  frame_[index_of(FrameView::IsSnapshot)] = is_snapshot;
  for (std::size_t i = 0; i < book_count_; i++) {
    books_[i * kBookStride + index_of(BookEntry::IsSnapshot)] = is_snapshot;
  }
}

// ["1.5","2", as most levels begin. False: it is another form, nothing was stepped over.
bool MarketDecoder::read_usual_pair(double* level) noexcept {
  const std::uint8_t* at = scanner_.at();
  Decimal price;
  Decimal quantity;
  if (at[0] != '[' || at[1] != '"') return false;
  at = read_number(at + 2, &price);
  if (at == nullptr || at[0] != '"' || at[1] != ',' || at[2] != '"') return false;
  at = read_number(at + 3, &quantity);
  if (at == nullptr || at[0] != '"') return false;
  set_number(level + index_of(LevelEntry::Price), price);
  set_number(level + index_of(LevelEntry::Quantity), quantity);
  // The bracket was not gone through `start_array`, but the end of the list goes through `next_element`.
  scanner_.enter(at + 1);
  return true;
}

// Any other level: the first two elements, as far as they are there.
bool MarketDecoder::read_rare_pair(double* level) noexcept {
  set_number(level + index_of(LevelEntry::Price), Decimal{});
  set_number(level + index_of(LevelEntry::Quantity), Decimal{});
  if (!scanner_.start_array() || !scanner_.next_element(true)) return false;
  set_number(level + index_of(LevelEntry::Price), scanner_.decimal());
  if (!scanner_.next_element(false)) return false;
  set_number(level + index_of(LevelEntry::Quantity), scanner_.decimal());
  return true;
}

void MarketDecoder::read_pairs(double* book, BookEntry from, BookEntry to) noexcept {
  read_side(book, from, to, [this](double* level) {
    if (!read_pair(level)) return;
    while (scanner_.next_element(false)) scanner_.skip();
  });
}

std::unique_ptr<MarketDecoder> make_market_decoder(std::string_view dialect, const std::vector<std::string>& symbols) {
  if (!is_within_limits(symbols)) return nullptr;
  if (dialect == "kraken") return std::make_unique<KrakenDecoder>(symbols);
  if (dialect == "kraken-v1") return std::make_unique<KrakenV1Decoder>(symbols);
  if (dialect == "binance") return std::make_unique<BinanceDecoder>(symbols);
  if (dialect == "okx") return std::make_unique<OkxDecoder>(symbols);
  if (dialect == "bitget") return std::make_unique<BitgetDecoder>(symbols);
  return nullptr;
}

}  // namespace tcx::venue

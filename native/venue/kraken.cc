// {"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":1.5,"qty":2}],"asks":[],"checksum":7,
// "timestamp":"2026-07-19T17:54:39.768901Z"}]}: prices and quantities are numbers, and text of fixed decimals at that.
#include "venue/kraken.h"

namespace tcx::venue {

using view::BookEntry;
using view::LevelEntry;
using view::TradeEntry;

void KrakenDecoder::read() noexcept {
  channel_ = data_channel_ = Channel::None;
  data_at_ = 0;
  is_snapshot_ = -1;
  JsonScanner& s = scanner_;
  s.start_object();
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("channel")) {
      read_channel();
    } else if (s.is("type")) {
      read_type();
    } else if (s.is("data")) {
      data_at_ = s.position();
      read_data();
    } else {
      s.skip();
    }
  }
}

FrameKind KrakenDecoder::resolve() noexcept {
  if (data_at_ != 0 && data_channel_ != channel_) {
    // `data` came before the channel it belongs to: now its meaning is known.
    scanner_.reopen(data_at_, 1);
    read_data();
  }
  set_snapshot(is_snapshot_);
  switch (channel_) {
    case Channel::Book: return FrameKind::Book;
    case Channel::Trade: return FrameKind::Trade;
    case Channel::Heartbeat: return FrameKind::Heartbeat;
    default: return FrameKind::Other;
  }
}

void KrakenDecoder::read_channel() noexcept {
  JsonScanner& s = scanner_;
  if (!s.string()) return;
  if (s.is("book")) channel_ = Channel::Book;
  else if (s.is("trade")) channel_ = Channel::Trade;
  else if (s.is("heartbeat")) channel_ = Channel::Heartbeat;
  else channel_ = Channel::Other;
}

void KrakenDecoder::read_type() noexcept {
  if (!scanner_.string()) return;
  if (scanner_.is("update")) is_snapshot_ = 0;
  else is_snapshot_ = scanner_.is("snapshot") ? 1 : -1;
}

void KrakenDecoder::read_data() noexcept {
  JsonScanner& s = scanner_;
  clear();
  data_channel_ = channel_;
  if (channel_ != Channel::Book && channel_ != Channel::Trade) {
    s.skip();
    return;
  }
  if (!s.start_array()) return;
  for (bool is_first = true; s.next_element(is_first); is_first = false) {
    if (channel_ == Channel::Book) read_book();
    else read_trade();
  }
}

void KrakenDecoder::read_book() noexcept {
  JsonScanner& s = scanner_;
  double* const book = next_book();
  if (book == nullptr || !s.start_object()) return;
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("bids")) {
      read_levels(book, BookEntry::BidsFrom, BookEntry::BidsTo);
    } else if (s.is("asks")) {
      read_levels(book, BookEntry::AsksFrom, BookEntry::AsksTo);
    } else if (s.is("symbol")) {
      read_symbol(book);
    } else if (s.is("checksum")) {
      const double checksum = integer_of(s.whole());
      book[index_of(BookEntry::Checksum)] = checksum >= 0 && checksum <= 0xFFFFFFFFu ? checksum : kNone;
    } else if (s.is("timestamp")) {
      set_book_time(book, read_time());
    } else {
      s.skip();
    }
  }
}

void KrakenDecoder::read_levels(double* book, BookEntry from, BookEntry to) noexcept {
  read_side(book, from, to, [this](double* level) {
    if (!read_usual_level(level)) read_level(level);
  });
}

// {"price":1.5,"qty":2}, as every level was ever written. False: it is another form, nothing was stepped over.
bool KrakenDecoder::read_usual_level(double* level) noexcept {
  constexpr char kPriceHead[] = "{\"price\":";
  constexpr char kQuantityHead[] = ",\"qty\":";
  constexpr std::size_t kPriceHeadSize = sizeof kPriceHead - 1;
  constexpr std::size_t kQuantityHeadSize = sizeof kQuantityHead - 1;
  const std::uint8_t* at = scanner_.at();
  Decimal price;
  Decimal quantity;
  if (std::memcmp(at, kPriceHead, kPriceHeadSize) != 0) return false;
  at = read_number(at + kPriceHeadSize, &price);
  if (at == nullptr || std::memcmp(at, kQuantityHead, kQuantityHeadSize) != 0) return false;
  at = read_number(at + kQuantityHeadSize, &quantity);
  if (at == nullptr || *at != '}') return false;
  set_number(level + index_of(LevelEntry::Price), price);
  set_number(level + index_of(LevelEntry::Quantity), quantity);
  scanner_.move_to(at + 1);
  return true;
}

void KrakenDecoder::read_level(double* level) noexcept {
  JsonScanner& s = scanner_;
  set_number(level + index_of(LevelEntry::Price), Decimal{});
  set_number(level + index_of(LevelEntry::Quantity), Decimal{});
  s.start_object();
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("price")) set_number(level + index_of(LevelEntry::Price), s.decimal());
    else if (s.is("qty")) set_number(level + index_of(LevelEntry::Quantity), s.decimal());
    else s.skip();
  }
}

void KrakenDecoder::read_trade() noexcept {
  JsonScanner& s = scanner_;
  double* const trade = next_trade();
  if (trade == nullptr || !s.start_object()) return;
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("symbol")) {
      read_symbol(trade);
    } else if (s.is("price")) {
      set_number(trade + index_of(TradeEntry::Price), s.decimal());
    } else if (s.is("qty")) {
      set_number(trade + index_of(TradeEntry::Quantity), s.decimal());
    } else if (s.is("side")) {
      s.word();
      trade[index_of(TradeEntry::Aggressor)] = s.is("buy") ? 0 : s.is("sell") ? 1 : kNone;
    } else if (s.is("trade_id")) {
      const double id = integer_of(s.whole());
      trade[index_of(TradeEntry::Id)] = id > 0 ? id : 0;
    } else if (s.is("timestamp")) {
      set_trade_time(trade, read_time());
    } else {
      s.skip();
    }
  }
}

EventTime KrakenDecoder::read_time() noexcept {
  scanner_.word();
  return timestamps_.read(scanner_.token(), scanner_.token_size());
}

}  // namespace tcx::venue

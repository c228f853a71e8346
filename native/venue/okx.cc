// {"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["1.5","2","0","1"]],"bids":[],
// "ts":"1652459225500","checksum":-7,"seqId":2,"prevSeqId":1}]}: everything but the sequence and the checksum is text.
#include "venue/okx.h"

#include <cstring>

namespace tcx::venue {

using view::BookEntry;
using view::TradeEntry;

void OkxDecoder::read() noexcept {
  JsonScanner& s = scanner_;
  channel_ = Channel::None;
  symbol_[0] = -1;
  symbol_[1] = symbol_[2] = 0;
  is_snapshot_ = -1;
  data_at_ = 0;
  is_data_stale_ = false;
  // The answer to our `ping`, which is no JSON.
  is_pong_ = s.take("pong");
  if (is_pong_) return;
  s.start_object();
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("arg")) {
      read_argument();
    } else if (s.is("action")) {
      read_action();
    } else if (s.is("data")) {
      data_at_ = s.position();
      read_data();
    } else {
      s.skip();
    }
  }
}

FrameKind OkxDecoder::resolve() noexcept {
  if (is_pong_) return FrameKind::Heartbeat;
  if (data_at_ == 0) return FrameKind::Other;
  if (is_data_stale_) {
    scanner_.reopen(data_at_, 1);
    read_data();
  }
  if (is_book()) {
    set_snapshot(channel_ == Channel::Snapshots ? 1 : is_snapshot_);
    return FrameKind::Book;
  }
  return channel_ == Channel::Trades ? FrameKind::Trade : FrameKind::Other;
}

void OkxDecoder::read_argument() noexcept {
  JsonScanner& s = scanner_;
  channel_ = Channel::None;
  symbol_[0] = -1;
  symbol_[1] = symbol_[2] = 0;
  is_data_stale_ = data_at_ != 0;
  s.start_object();
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("channel")) channel_ = s.string() ? channel_of_token() : Channel::None;
    else if (s.is("instId")) read_symbol(symbol_);
    else s.skip();
  }
}

void OkxDecoder::read_action() noexcept {
  if (!scanner_.string()) return;
  if (scanner_.is("update")) is_snapshot_ = 0;
  else is_snapshot_ = scanner_.is("snapshot") ? 1 : -1;
}

OkxDecoder::Channel OkxDecoder::channel_of_token() const noexcept {
  const JsonScanner& s = scanner_;
  if (s.is("books") || s.is("books-l2-tbt") || s.is("books50-l2-tbt")) return Channel::Books;
  if (s.is("books5")) return Channel::Snapshots;
  return s.is("trades") ? Channel::Trades : Channel::Other;
}

void OkxDecoder::read_data() noexcept {
  JsonScanner& s = scanner_;
  clear();
  is_data_stale_ = false;
  if (!is_book() && channel_ != Channel::Trades) {
    s.skip();
    return;
  }
  if (!s.start_array()) return;
  for (bool is_first = true; s.next_element(is_first); is_first = false) {
    if (is_book()) read_book();
    else read_trade();
  }
}

void OkxDecoder::read_book() noexcept {
  JsonScanner& s = scanner_;
  double* const book = next_book();
  if (book == nullptr || !s.start_object()) return;
  std::memcpy(book + index_of(BookEntry::Symbol), symbol_, sizeof symbol_);
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("asks")) {
      read_pairs(book, BookEntry::AsksFrom, BookEntry::AsksTo);
    } else if (s.is("bids")) {
      read_pairs(book, BookEntry::BidsFrom, BookEntry::BidsTo);
    } else if (s.is("ts")) {
      set_book_time(book, read_time());
    } else if (s.is("checksum")) {
      const double checksum = integer_of(s.whole());
      book[index_of(BookEntry::Checksum)] = checksum >= -2147483648.0 && checksum <= 2147483647.0 ? checksum : kNone;
    } else if (s.is("seqId")) {
      book[index_of(BookEntry::Last)] = integer_of(s.whole());
    } else if (s.is("prevSeqId")) {
      book[index_of(BookEntry::Previous)] = integer_of(s.whole());
    } else if (s.is("instId")) {
      read_symbol(book);
    } else {
      s.skip();
    }
  }
}

void OkxDecoder::read_trade() noexcept {
  double* const trade = next_trade();
  if (trade == nullptr) return;
  std::memcpy(trade + index_of(TradeEntry::Symbol), symbol_, sizeof symbol_);
  read_print(trade);
}

void OkxDecoder::read_print(double* trade) noexcept {
  JsonScanner& s = scanner_;
  s.start_object();
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("instId")) {
      read_symbol(trade);
    } else if (s.is("px")) {
      set_number(trade + index_of(TradeEntry::Price), s.decimal());
    } else if (s.is("sz")) {
      set_number(trade + index_of(TradeEntry::Quantity), s.decimal());
    } else if (s.is("side")) {
      trade[index_of(TradeEntry::Aggressor)] = read_aggressor();
    } else if (s.is("tradeId")) {
      const double id = integer_of(s.whole());
      trade[index_of(TradeEntry::Id)] = id > 0 ? id : 0;
    } else if (s.is("ts")) {
      set_trade_time(trade, read_time());
    } else {
      s.skip();
    }
  }
}

double OkxDecoder::read_aggressor() noexcept {
  scanner_.word();
  if (scanner_.is("buy")) return 0;
  return scanner_.is("sell") ? 1 : kNone;
}

}  // namespace tcx::venue

// {"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":1,"u":2,"b":[["1.5","2"]],
// "a":[]}}: fields of one letter, prices as text. `b` and `a` are lists of levels in one event and ids in another, so they
// are read at once when the event's type is known, as it is in every frame recorded, and else after the rest.
#include "venue/binance.h"

#include <cstring>

namespace tcx::venue {

using view::BookEntry;
using view::TradeEntry;

void BinanceDecoder::read() noexcept {
  JsonScanner& s = scanner_;
  is_wrapped_ = has_fields_ = false;
  reset_payload();
  s.start_object();
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("data")) {
      read_wrapped();
    } else if (is_wrapped_ || s.is("stream")) {
      s.skip();
    } else {
      has_fields_ = true;
      read_field();
    }
  }
}

void BinanceDecoder::reset_payload() noexcept {
  clear();
  book_ = next_book();
  trade_ = next_trade();
  event_ = EventType::None;
  has_update_id_ = false;
  bids_ = asks_ = snapshot_bids_ = snapshot_asks_ = Field{};
  update_id_ = event_time_ = transaction_time_ = trade_id_ = aggregate_id_ = Decimal{};
  event_name_ = snapshot_name_ = Name{};
}

// `data` is the event, whatever else stands beside it.
void BinanceDecoder::read_wrapped() noexcept {
  JsonScanner& s = scanner_;
  if (is_wrapped_ || has_fields_) reset_payload();
  is_wrapped_ = true;
  if (s.peek() != '{') {
    s.skip();
    return;
  }
  s.start_object();
  for (bool is_first = true; s.next_key(is_first); is_first = false) read_field();
}

void BinanceDecoder::read_field() noexcept {
  JsonScanner& s = scanner_;
  if (s.token_size() == 1) {
    read_letter(s.token()[0]);
  } else if (s.is("pu")) {
    book_[index_of(BookEntry::Previous)] = integer_of(s.whole());
  } else if (s.is("lastUpdateId")) {
    has_update_id_ = true;
    update_id_ = s.whole();
  } else if (s.is("bids")) {
    read_levels(&snapshot_bids_, is_snapshot(), BookEntry::BidsFrom, BookEntry::BidsTo);
  } else if (s.is("asks")) {
    read_levels(&snapshot_asks_, is_snapshot(), BookEntry::AsksFrom, BookEntry::AsksTo);
  } else if (s.is("symbol")) {
    read_name(&snapshot_name_);
  } else {
    s.skip();
  }
}

void BinanceDecoder::read_letter(std::uint8_t letter) noexcept {
  JsonScanner& s = scanner_;
  switch (letter) {
    case 'e': read_event_type(); break;
    case 's': read_name(&event_name_); break;
    case 'E': event_time_ = s.whole(); break;
    case 'T': transaction_time_ = s.whole(); break;
    case 'U': book_[index_of(BookEntry::First)] = integer_of(s.whole()); break;
    case 'u': book_[index_of(BookEntry::Last)] = integer_of(s.whole()); break;
    case 'b': read_levels(&bids_, event_ == EventType::Depth, BookEntry::BidsFrom, BookEntry::BidsTo); break;
    case 'a':
      if (event_ == EventType::AggregateTrade) read_id();
      else read_levels(&asks_, event_ == EventType::Depth, BookEntry::AsksFrom, BookEntry::AsksTo);
      break;
    case 't': trade_id_ = s.whole(); break;
    case 'p': set_number(trade_ + index_of(TradeEntry::Price), s.decimal()); break;
    case 'q': set_number(trade_ + index_of(TradeEntry::Quantity), s.decimal()); break;
    case 'm': trade_[index_of(TradeEntry::Aggressor)] = read_maker(); break;
    default: s.skip();
  }
}

void BinanceDecoder::read_event_type() noexcept {
  JsonScanner& s = scanner_;
  s.word();
  if (s.is("depthUpdate")) event_ = EventType::Depth;
  else if (s.is("trade")) event_ = EventType::Trade;
  else if (s.is("aggTrade")) event_ = EventType::AggregateTrade;
  else event_ = EventType::Other;
}

// In frames of other types it may be anything.
void BinanceDecoder::read_name(Name* name) noexcept {
  name->is_text = scanner_.peek() == '"';
  if (name->is_text) read_symbol(name->entry);
  else scanner_.skip();
}

void BinanceDecoder::set_name(double* entry, const Name& name) noexcept {
  std::memcpy(entry, name.entry, sizeof name.entry);
  if (!name.is_text) scanner_.fail();
}

// Whether the buyer's order was the one in the book: then the seller came to it.
double BinanceDecoder::read_maker() noexcept {
  const std::uint8_t first = scanner_.peek();
  scanner_.skip();
  if (first == 't') return 1;
  return first == 'f' ? 0 : kNone;
}

void BinanceDecoder::read_id() noexcept {
  asks_ = Field{scanner_.position(), EventType::AggregateTrade};
  aggregate_id_ = scanner_.whole();
}

void BinanceDecoder::read_levels(Field* field, bool is_meant, BookEntry from, BookEntry to) noexcept {
  *field = Field{scanner_.position(), is_meant ? EventType::Depth : EventType::None};
  if (is_meant) read_pairs(book_, from, to);
  else scanner_.skip();
}

FrameKind BinanceDecoder::resolve() noexcept {
  switch (event_) {
    case EventType::Depth: return resolve_depth();
    case EventType::Trade:
    case EventType::AggregateTrade: return resolve_trade();
    default: break;
  }
  if (is_snapshot() && snapshot_bids_.at != 0 && snapshot_asks_.at != 0) return resolve_snapshot();
  clear();
  return FrameKind::Other;
}

// Makes the side what the field says, when it was not read as that already.
void BinanceDecoder::read_late_levels(Field* field, BookEntry from, BookEntry to) noexcept {
  if (field->at == 0) {
    book_[index_of(from)] = book_[index_of(to)] = 0;
  } else if (field->read_as != EventType::Depth) {
    scanner_.reopen(field->at, is_wrapped_ ? 2 : 1);
    read_levels(field, true, from, to);
  }
}

FrameKind BinanceDecoder::resolve_depth() noexcept {
  read_late_levels(&bids_, BookEntry::BidsFrom, BookEntry::BidsTo);
  read_late_levels(&asks_, BookEntry::AsksFrom, BookEntry::AsksTo);
  set_name(book_, event_name_);
  set_book_time(book_, time_of_count(transaction_time_.exact ? transaction_time_ : event_time_));
  drop_trades();
  set_snapshot(0);
  return FrameKind::Book;
}

FrameKind BinanceDecoder::resolve_snapshot() noexcept {
  read_late_levels(&snapshot_bids_, BookEntry::BidsFrom, BookEntry::BidsTo);
  read_late_levels(&snapshot_asks_, BookEntry::AsksFrom, BookEntry::AsksTo);
  set_name(book_, snapshot_name_);
  set_book_time(book_, time_of_count(transaction_time_.exact ? transaction_time_ : event_time_));
  book_[index_of(BookEntry::First)] = book_[index_of(BookEntry::Previous)] = kNone;
  book_[index_of(BookEntry::Last)] = integer_of(update_id_);
  drop_trades();
  set_snapshot(1);
  return FrameKind::Book;
}

FrameKind BinanceDecoder::resolve_trade() noexcept {
  const bool is_aggregate = event_ == EventType::AggregateTrade;
  if (is_aggregate && asks_.at != 0 && asks_.read_as != EventType::AggregateTrade) {
    scanner_.reopen(asks_.at, is_wrapped_ ? 2 : 1);
    read_id();
  }
  const double id = integer_of(is_aggregate ? aggregate_id_ : trade_id_);
  trade_[index_of(TradeEntry::Id)] = id > 0 ? id : 0;
  set_name(trade_, event_name_);
  set_trade_time(trade_, time_of_count(transaction_time_.exact ? transaction_time_ : event_time_));
  drop_books();
  return FrameKind::Trade;
}

}  // namespace tcx::venue

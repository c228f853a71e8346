// [1664,{"a":[["1.50","2.00","1618678133.162950"]]},{"b":[…],"c":"974947235"},"book-1000","XBT/USD"]. What
// the middle means is said at the end: the elements are stepped over first, then those that matter are read.
#include "venue/kraken_v1.h"

#include <cstring>

namespace tcx::venue {

using view::BookEntry;
using view::LevelEntry;
using view::TradeEntry;

void KrakenV1Decoder::read() noexcept {
  element_count_ = 0;
  is_heartbeat_ = false;
  is_event_ = scanner_.peek() == '{';
  if (is_event_) read_event();
  else find_elements();
}

void KrakenV1Decoder::read_event() noexcept {
  JsonScanner& s = scanner_;
  s.start_object();
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    if (s.is("event")) {
      s.word();
      is_heartbeat_ = s.is("heartbeat");
    } else {
      s.skip();
    }
  }
}

void KrakenV1Decoder::find_elements() noexcept {
  JsonScanner& s = scanner_;
  if (!s.start_array()) return;
  for (bool is_first = true; s.next_element(is_first); is_first = false) {
    s.peek();
    if (element_count_ < kElementsMax) elements_[element_count_] = s.position();
    element_count_ += 1;
    s.skip();
  }
}

FrameKind KrakenV1Decoder::resolve() noexcept {
  if (is_event_) return is_heartbeat_ ? FrameKind::Heartbeat : FrameKind::Other;
  if (element_count_ < 4 || element_count_ > kElementsMax) return FrameKind::Other;
  switch (read_channel()) {
    case Channel::Book: return resolve_book();
    case Channel::Trade: return resolve_trade();
    default: return FrameKind::Other;
  }
}

KrakenV1Decoder::Channel KrakenV1Decoder::read_channel() noexcept {
  JsonScanner& s = scanner_;
  s.reopen(elements_[element_count_ - 2], 1);
  s.word();
  if (s.is("trade")) return Channel::Trade;
  const bool is_book = s.token_size() >= 5 && std::memcmp(s.token(), "book-", 5) == 0;
  return is_book ? Channel::Book : Channel::Other;
}

FrameKind KrakenV1Decoder::resolve_book() noexcept {
  JsonScanner& s = scanner_;
  double* const book = next_book();
  is_snapshot_ = 0;
  time_ = EventTime{};
  for (std::size_t i = 1; i < element_count_ - 2; i++) {
    s.reopen(elements_[i], 1);
    read_sides(book);
    if (!s.ok()) return FrameKind::Malformed;
  }
  s.reopen(elements_[element_count_ - 1], 1);
  read_symbol(book);
  set_book_time(book, time_);
  set_snapshot(is_snapshot_);
  return FrameKind::Book;
}

void KrakenV1Decoder::read_sides(double* book) noexcept {
  JsonScanner& s = scanner_;
  s.start_object();
  for (bool is_first = true; s.next_key(is_first); is_first = false) {
    const bool is_whole = s.is("as") || s.is("bs");
    if (is_whole) is_snapshot_ = 1;
    if (s.is("as") || s.is("a")) {
      read_levels(book, BookEntry::AsksFrom, BookEntry::AsksTo);
    } else if (s.is("bs") || s.is("b")) {
      read_levels(book, BookEntry::BidsFrom, BookEntry::BidsTo);
    } else if (s.is("c")) {
      const double checksum = integer_of(s.whole());
      book[index_of(BookEntry::Checksum)] = checksum >= 0 && checksum <= 0xFFFFFFFFu ? checksum : kNone;
    } else {
      s.skip();
    }
  }
}

void KrakenV1Decoder::read_levels(double* book, BookEntry from, BookEntry to) noexcept {
  read_side(book, from, to, [this](double* level) { read_level(level); });
}

// [price, volume, time, "r" when it is sent again]
void KrakenV1Decoder::read_level(double* level) noexcept {
  JsonScanner& s = scanner_;
  if (!read_pair(level) || !s.next_element(false)) return;
  const EventTime time = time_of_seconds(s.whole());
  const bool is_later = time.seconds > time_.seconds
                        || (time.seconds == time_.seconds && time.nanoseconds > time_.nanoseconds);
  if (is_later) time_ = time;
  while (s.next_element(false)) s.skip();
}

FrameKind KrakenV1Decoder::resolve_trade() noexcept {
  JsonScanner& s = scanner_;
  double symbol[3] = {-1, 0, 0};
  s.reopen(elements_[element_count_ - 1], 1);
  read_symbol(symbol);
  if (!s.ok()) return FrameKind::Malformed;
  s.reopen(elements_[1], 1);
  if (!s.start_array()) return FrameKind::Malformed;
  for (bool is_first = true; s.next_element(is_first); is_first = false) read_print(symbol);
  set_snapshot(0);
  return FrameKind::Trade;
}

// [price, volume, time, side, order type, misc]
void KrakenV1Decoder::read_print(const double* symbol) noexcept {
  JsonScanner& s = scanner_;
  double* const trade = next_trade();
  if (trade == nullptr || !s.start_array()) return;
  std::memcpy(trade + index_of(TradeEntry::Symbol), symbol, 3 * sizeof(double));
  std::size_t element = 0;
  for (bool is_first = true; s.next_element(is_first); is_first = false) {
    switch (element) {
      case 0: set_number(trade + index_of(TradeEntry::Price), s.decimal()); break;
      case 1: set_number(trade + index_of(TradeEntry::Quantity), s.decimal()); break;
      case 2: set_trade_time(trade, time_of_seconds(s.whole())); break;
      case 3:
        s.word();
        trade[index_of(TradeEntry::Aggressor)] = s.is("b") ? 0 : s.is("s") ? 1 : kNone;
        break;
      default: s.skip();
    }
    element += 1;
  }
}

}  // namespace tcx::venue

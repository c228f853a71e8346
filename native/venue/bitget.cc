// What Bitget's frames have of their own.
#include "venue/bitget.h"

namespace tcx::venue {

using view::TradeEntry;

OkxDecoder::Channel BitgetDecoder::channel_of_token() const noexcept {
  const JsonScanner& s = scanner_;
  if (s.is("books") || s.is("books5") || s.is("books15")) return Channel::Books;
  return s.is("trade") ? Channel::Trades : Channel::Other;
}

void BitgetDecoder::read_print(double* trade) noexcept {
  JsonScanner& s = scanner_;
  if (!s.start_array()) return;
  std::size_t element = 0;
  for (bool is_first = true; s.next_element(is_first); is_first = false) {
    switch (element) {
      case 0: set_trade_time(trade, read_time()); break;
      case 1: set_number(trade + index_of(TradeEntry::Price), s.decimal()); break;
      case 2: set_number(trade + index_of(TradeEntry::Quantity), s.decimal()); break;
      case 3: trade[index_of(TradeEntry::Aggressor)] = read_aggressor(); break;
      default: s.skip();
    }
    element += 1;
  }
}

}  // namespace tcx::venue

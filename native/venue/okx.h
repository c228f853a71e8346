// OKX WebSocket v5: channels `books`, `books-l2-tbt`, `books50-l2-tbt`, `books5` and `trades`; `pong` is a heartbeat, all
// else is Other. Bitget speaks the same frames with other names (bitget.h).
#pragma once

#include <string>
#include <vector>

#include "venue/market_decoder.h"

namespace tcx::venue {

class OkxDecoder : public MarketDecoder {
 public:
  explicit OkxDecoder(const std::vector<std::string>& symbols) : MarketDecoder(symbols) {}

 protected:
  // Snapshots: a book channel whose frames do not say what they are, because they are always the whole.
  enum class Channel : std::uint8_t { None, Books, Snapshots, Trades, Other };

  // The meaning of the token.
  virtual Channel channel_of_token() const noexcept;
  virtual void read_print(double* trade) noexcept;
  EventTime read_time() noexcept { return time_of_count(scanner_.whole()); }
  // 0 buy, 1 sell, as the taker's side is written.
  double read_aggressor() noexcept;

 private:
  void read() noexcept override;
  FrameKind resolve() noexcept override;
  bool may_be_book() const noexcept override { return channel_ == Channel::None || is_book(); }
  bool is_book() const noexcept { return channel_ == Channel::Books || channel_ == Channel::Snapshots; }

  void read_argument() noexcept;
  void read_action() noexcept;
  void read_data() noexcept;
  void read_book() noexcept;
  void read_trade() noexcept;

  bool is_pong_ = false;
  Channel channel_ = Channel::None;
  // The first three fields of an entry, from `arg`.
  double symbol_[3] = {};
  double is_snapshot_ = -1;
  // Where `data` begins; 0: there is none. Stale: its channel and instrument came after it.
  std::size_t data_at_ = 0;
  bool is_data_stale_ = false;
};

}  // namespace tcx::venue

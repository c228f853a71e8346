// Kraken spot WebSocket v1, for recordings: book and trade frames, which are lists that name their channel last; events,
// which are objects, are Other but for the heartbeat.
#pragma once

#include <string>
#include <vector>

#include "venue/market_decoder.h"

namespace tcx::venue {

class KrakenV1Decoder final : public MarketDecoder {
 public:
  explicit KrakenV1Decoder(const std::vector<std::string>& symbols) : MarketDecoder(symbols) {}

 private:
  enum class Channel : std::uint8_t { Book, Trade, Other };
  // [id, object, object, channel, pair] is the longest frame there is.
  static constexpr std::size_t kElementsMax = 5;

  void read() noexcept override;
  FrameKind resolve() noexcept override;
  bool may_be_book() const noexcept override { return !is_event_; }

  void read_event() noexcept;
  void find_elements() noexcept;
  Channel read_channel() noexcept;
  FrameKind resolve_book() noexcept;
  FrameKind resolve_trade() noexcept;
  void read_sides(double* book) noexcept;
  void read_levels(double* book, view::BookEntry from, view::BookEntry to) noexcept;
  void read_level(double* level) noexcept;
  void read_print(const double* symbol) noexcept;

  bool is_event_ = false;
  bool is_heartbeat_ = false;
  // Where the elements of a list begin, as far as there is room, and how many there are.
  std::size_t elements_[kElementsMax] = {};
  std::size_t element_count_ = 0;
  double is_snapshot_ = 0;
  // The latest of all levels.
  EventTime time_;
};

}  // namespace tcx::venue

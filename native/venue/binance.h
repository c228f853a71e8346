// Binance spot, USD-M and COIN-M futures, raw or wrapped as combined streams send them: `depthUpdate`, `trade`, `aggTrade`,
// and the bare depth snapshot of the HTTP interface. Everything else, bookTicker among it, is Other.
#pragma once

#include <string>
#include <vector>

#include "venue/market_decoder.h"

namespace tcx::venue {

class BinanceDecoder final : public MarketDecoder {
 public:
  explicit BinanceDecoder(const std::vector<std::string>& symbols) : MarketDecoder(symbols) {}

 private:
  enum class EventType : std::uint8_t { None, Depth, Trade, AggregateTrade, Other };

  // `b` or `a`, whose meaning depends on the event's type: where the value begins (0: absent), and as what it was read,
  // Depth for levels, AggregateTrade for an id, None when it was stepped over.
  struct Field {
    std::size_t at = 0;
    EventType read_as = EventType::None;
  };

  // An instrument: the first three fields of an entry.
  struct Name {
    double entry[3] = {-1, 0, 0};
    bool is_text = true;
  };

  void read() noexcept override;
  FrameKind resolve() noexcept override;
  bool may_be_book() const noexcept override {
    return event_ == EventType::None || event_ == EventType::Depth || has_update_id_;
  }

  void reset_payload() noexcept;
  void read_wrapped() noexcept;
  void read_field() noexcept;
  void read_letter(std::uint8_t letter) noexcept;
  void read_name(Name* name) noexcept;
  void read_event_type() noexcept;
  double read_maker() noexcept;
  void read_id() noexcept;
  bool is_snapshot() const noexcept { return has_update_id_ && event_ == EventType::None && !is_wrapped_; }
  void read_levels(Field* field, bool is_meant, view::BookEntry from, view::BookEntry to) noexcept;
  void read_late_levels(Field* field, view::BookEntry from, view::BookEntry to) noexcept;
  FrameKind resolve_depth() noexcept;
  FrameKind resolve_snapshot() noexcept;
  void set_name(double* entry, const Name& name) noexcept;
  FrameKind resolve_trade() noexcept;

  EventType event_ = EventType::None;
  bool is_wrapped_ = false;
  // Of the event itself, outside of any `data`.
  bool has_fields_ = false;
  bool has_update_id_ = false;
  // `b`, `a` of events, `bids`, `asks` of the snapshot.
  Field bids_;
  Field asks_;
  Field snapshot_bids_;
  Field snapshot_asks_;
  // `s` of events, `symbol` of the snapshot.
  Name event_name_;
  Name snapshot_name_;
  Decimal update_id_;
  Decimal event_time_;
  Decimal transaction_time_;
  Decimal trade_id_;
  Decimal aggregate_id_;
  double* book_ = nullptr;
  double* trade_ = nullptr;
};

}  // namespace tcx::venue

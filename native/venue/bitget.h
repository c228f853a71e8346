// Bitget WebSocket v1: channels `books`, `books5`, `books15` and `trade`. The frames are those of OKX, but a print is a
// list, ["1649290076333","0.00003507","271967","sell"].
#pragma once

#include <string>
#include <vector>

#include "venue/okx.h"

namespace tcx::venue {

class BitgetDecoder final : public OkxDecoder {
 public:
  explicit BitgetDecoder(const std::vector<std::string>& symbols) : OkxDecoder(symbols) {}

 private:
  Channel channel_of_token() const noexcept override;
  void read_print(double* trade) noexcept override;
};

}  // namespace tcx::venue

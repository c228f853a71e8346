// `book`: what one level of an L2 update and the best price afterwards cost in C++, for tcx's book and for the book one
// writes with std::map, over the same Event bodies.
//   book_bench STREAM [REPEATS]
// STREAM is written by bench/book.ts: per Event four uint32 (1 snapshot or 0 delta, bids, asks, 0), then price and
// quantity of each level as int64.
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "book/books.h"
#include "book/digest.h"
#include "samples.h"

namespace {

using tcx::event::Level;

constexpr std::uint32_t kBookLevels = 16384;

// Event bodies, one after the other, each at a multiple of 8.
struct Stream {
  std::vector<std::uint64_t> words;
  std::vector<std::size_t> offsets;
  double levels = 0;

  const std::uint8_t* body(std::size_t index) const {
    return reinterpret_cast<const std::uint8_t*>(words.data() + offsets[index]);
  }
};

void add(Stream& stream, bool snapshot, const std::vector<Level>& bids, const std::vector<Level>& asks) {
  flatbuffers::FlatBufferBuilder builder;
  builder.ForceDefaults(true);
  const auto bid_vector = builder.CreateVectorOfStructs(bids);
  const auto ask_vector = builder.CreateVectorOfStructs(asks);
  const auto kind = snapshot ? tcx::event::Body::BookSnapshot : tcx::event::Body::BookDelta;
  const auto body =
      snapshot ? tcx::event::CreateBookSnapshot(builder, 0, 0, 0, 0, bid_vector, ask_vector).Union()
               : tcx::event::CreateBookDelta(builder, 0, 0, 0, 0, 0, bid_vector, ask_vector).Union();
  tcx::event::FinishEventBuffer(builder, tcx::event::CreateEvent(builder, kind, body));
  stream.offsets.push_back(stream.words.size());
  stream.words.resize(stream.words.size() + (builder.GetSize() + 7) / 8);
  std::memcpy(stream.words.data() + stream.offsets.back(), builder.GetBufferPointer(), builder.GetSize());
  stream.levels += static_cast<double>(bids.size() + asks.size());
}

bool read_stream(const char* path, Stream& stream) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::size_t at = 0;
  while (at + 16 <= bytes.size()) {
    std::uint32_t head[4];
    std::memcpy(head, bytes.data() + at, sizeof(head));
    at += sizeof(head);
    std::vector<Level> sides[2];
    for (std::uint32_t side = 0; side < 2; ++side) {
      for (std::uint32_t index = 0; index < head[1 + side]; ++index, at += 16) {
        std::int64_t level[2];
        std::memcpy(level, bytes.data() + at, sizeof(level));
        sides[side].emplace_back(level[0], level[1]);
      }
    }
    add(stream, head[0] == 1, sides[0], sides[1]);
  }
  return !stream.offsets.empty();
}

// Every level of the stream as a book sees it, without Events around it.
struct Edit {
  std::uint32_t side;
  std::int64_t price;
  std::int64_t quantity;
};

void add_edits(std::vector<Edit>& edits, std::uint32_t side, const flatbuffers::Vector<const Level*>& levels) {
  for (const Level* level : levels) edits.push_back(Edit{side, level->price(), level->quantity()});
}

// The deltas only: they are applied again and again to the book that the whole stream has left.
std::vector<Edit> edits_of(const Stream& stream) {
  std::vector<Edit> edits;
  for (std::size_t index = 0; index < stream.offsets.size(); ++index) {
    const auto* delta = tcx::event::GetEvent(stream.body(index))->body_as_BookDelta();
    if (delta == nullptr) continue;
    add_edits(edits, 0, *delta->bids());
    add_edits(edits, 1, *delta->asks());
  }
  return edits;
}

// The peer: what a careful C++ programmer writes first.
class MapBook {
 public:
  void set(std::uint32_t side, std::int64_t price, std::int64_t quantity) {
    if (side == 0) {
      set(bids_, price, quantity);
    } else {
      set(asks_, price, quantity);
    }
  }
  void apply(const std::uint8_t* body) {
    const tcx::event::Event* event = tcx::event::GetEvent(body);
    if (event->body_type() == tcx::event::Body::BookSnapshot) {
      bids_.clear();
      asks_.clear();
      const auto* snapshot = event->body_as_BookSnapshot();
      edit(bids_, *snapshot->bids());
      edit(asks_, *snapshot->asks());
    } else {
      const auto* delta = event->body_as_BookDelta();
      edit(bids_, *delta->bids());
      edit(asks_, *delta->asks());
    }
  }
  double best() const {
    const double bid = bids_.empty() ? 0 : static_cast<double>(bids_.begin()->first);
    return bid + (asks_.empty() ? 0 : static_cast<double>(asks_.begin()->first));
  }
  std::uint64_t digest() const {
    std::uint64_t sum = 0;
    for (const auto& [price, quantity] : bids_) sum += tcx::book::level_digest(0, price, quantity);
    for (const auto& [price, quantity] : asks_) sum += tcx::book::level_digest(1, price, quantity);
    return tcx::book::book_digest(sum, 0);
  }

 private:
  template <typename Map>
  static void edit(Map& side, const flatbuffers::Vector<const Level*>& levels) {
    for (const Level* level : levels) set(side, level->price(), level->quantity());
  }
  template <typename Map>
  static void set(Map& side, std::int64_t price, std::int64_t quantity) {
    if (quantity == 0) {
      side.erase(price);
    } else {
      side[price] = quantity;
    }
  }
  std::map<std::int64_t, std::int64_t, std::greater<>> bids_;
  std::map<std::int64_t, std::int64_t> asks_;
};

double run_books(const Stream& stream, tcx::EventMemory& memory, tcx::book::Books& books) {
  double sum = 0;
  for (std::size_t index = 0; index < stream.offsets.size(); ++index) {
    memory.body = stream.body(index);
    if (books.apply() < 0) std::abort();
    sum += books.view()[1] + books.view()[3];
  }
  return sum;
}

double run_map(const Stream& stream, MapBook& book) {
  double sum = 0;
  for (std::size_t index = 0; index < stream.offsets.size(); ++index) {
    book.apply(stream.body(index));
    sum += book.best();
  }
  return sum;
}

// One level, then both best prices: the structure alone.
double run_sides(const std::vector<Edit>& edits, tcx::book::BookSide* sides) {
  double sum = 0;
  for (const Edit& edit : edits) {
    tcx::book::BookSide& side = sides[edit.side];
    side.rewind();
    side.set(edit.price, edit.quantity);
    sum += static_cast<double>(sides[0].best().price() + sides[1].best().price());
  }
  return sum;
}

double run_map_levels(const std::vector<Edit>& edits, MapBook& book) {
  double sum = 0;
  for (const Edit& edit : edits) {
    book.set(edit.side, edit.price, edit.quantity);
    sum += book.best();
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  Stream stream;
  if (argc < 2 || !read_stream(argv[1], stream)) {
    std::fprintf(stderr, "book_bench: no Events in %s\n", argc < 2 ? "(no file named)" : argv[1]);
    return 2;
  }
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 11;
  const auto memory = std::make_unique<tcx::EventMemory>();
  tcx::book::Books books(*memory, 1);
  if (books.define(0, 0, kBookLevels) != tcx::view::Status::Ok) return 2;
  MapBook map;
  if (run_books(stream, *memory, books) != run_map(stream, map) || books.digest(0) != map.digest()) {
    std::fprintf(stderr, "book_bench: tcx and std::map disagree about the book\n");
    return 1;
  }
  tcx::book::BookSide sides[2];
  if (!sides[0].define(tcx::book::Side::Buy, kBookLevels)) return 2;
  if (!sides[1].define(tcx::book::Side::Sell, kBookLevels)) return 2;
  MapBook plain;
  const std::vector<Edit> edits = edits_of(stream);
  run_sides(edits, sides);
  run_map_levels(edits, plain);
  if (run_sides(edits, sides) != run_map_levels(edits, plain)) {
    std::fprintf(stderr, "book_bench: tcx and std::map disagree about the best prices\n");
    return 1;
  }
  const auto edit_count = static_cast<double>(edits.size());
  std::printf("{\"name\":\"digest\",\"value\":\"%016llx\"}\n", static_cast<unsigned long long>(books.digest(0)));
  tcx::bench::compare(
      repeats, {{"tcx", stream.levels, [&] { tcx::bench::keep(run_books(stream, *memory, books)); }, {}},
                {"std::map", stream.levels, [&] { tcx::bench::keep(run_map(stream, map)); }, {}},
                {"tcx, level by level", edit_count, [&] { tcx::bench::keep(run_sides(edits, sides)); }, {}},
                {"std::map, level by level", edit_count, [&] { tcx::bench::keep(run_map_levels(edits, plain)); }, {}}});
  return 0;
}

// NativeWriter, NativeReader and NativeReplay. Hot functions pass one number each way; opening and faults are cold and
// speak in objects and text.
#include <cstring>
#include <utility>

#include "binding/args.h"
#include "binding/event.h"
#include "binding/registrations.h"
#include "journal/reader.h"
#include "journal/replay.h"
#include "journal/writer.h"

namespace tcx::binding {
namespace {

using journal::Reader;
using journal::Replay;
using journal::Result;
using journal::Writer;

using EventPointer = std::shared_ptr<EventMemory>;

struct WriterInstance {
  EventPointer event;
  std::unique_ptr<Writer> writer;
};
struct ReaderInstance {
  EventPointer event;
  std::unique_ptr<Reader> own;     // null for the reader of a replay
  std::shared_ptr<void> replay;    // keeps the replay that owns `reader`
  Reader* reader = nullptr;
};
struct ReplayInstance {
  EventPointer event;
  std::unique_ptr<Replay> replay;
};

napi_value make_result(napi_env env, Result result) noexcept { return make_number(env, static_cast<double>(result)); }
napi_value make_status(napi_env env, Status status) noexcept { return make_number(env, static_cast<double>(status)); }
// For iterations: 1 stands for "there is one".
napi_value make_found(napi_env env, Status status) noexcept {
  return make_number(env, status == Status::Ok ? 1 : static_cast<double>(status));
}

napi_value make_flag(napi_env env, bool flag) noexcept {
  napi_value value = nullptr;
  napi_get_boolean(env, flag, &value);
  return value;
}

napi_value make_big_integer(napi_env env, std::int64_t value) noexcept {
  napi_value made = nullptr;
  napi_create_bigint_int64(env, value, &made);
  return made;
}

// ── writer ──────────────────────────────────────────────────────────────────────────────────────

Writer& writer_of(napi_env env, napi_callback_info info) noexcept {
  return *instance_of<WriterInstance>(env, info)->writer;
}

napi_value writer_offer(napi_env env, napi_callback_info info) noexcept {
  napi_value values[1];
  Writer& writer = *arguments_of<WriterInstance>(env, info, values)->writer;
  const std::uint8_t* frame = nullptr;
  std::size_t size = 0;
  if (!bytes_argument(env, values[0], &frame, &size)) return make_status(env, Status::Malformed);
  return make_result(env, writer.offer(frame, size));
}
napi_value writer_commit(napi_env env, napi_callback_info info) noexcept {
  return make_result(env, writer_of(env, info).commit());
}
napi_value writer_abort(napi_env env, napi_callback_info info) noexcept {
  writer_of(env, info).abort();
  return nullptr;
}
napi_value writer_append_control_time(napi_env env, napi_callback_info info) noexcept {
  return make_result(env, writer_of(env, info).append_control_time());
}
napi_value writer_append_outcome(napi_env env, napi_callback_info info) noexcept {
  return make_result(env, writer_of(env, info).append_outcome());
}
napi_value writer_reset_dispatches(napi_env env, napi_callback_info info) noexcept {
  writer_of(env, info).reset_dispatches();
  return nullptr;
}
napi_value writer_sync(napi_env env, napi_callback_info info) noexcept {
  return make_status(env, writer_of(env, info).sync());
}
napi_value writer_close(napi_env env, napi_callback_info info) noexcept {
  return make_status(env, writer_of(env, info).close());
}

napi_value make_dispatch_frames(napi_env env, const std::shared_ptr<WriterInstance>& instance) noexcept {
  napi_value buffer = nullptr;
  napi_value frames = nullptr;
  napi_create_external_arraybuffer(env, instance->writer->dispatch_frame(0),
                                   journal::kDispatchFrameCount * kDispatchBodySize, nullptr, nullptr, &buffer);
  keep_alive(env, buffer, instance);
  napi_create_array_with_length(env, journal::kDispatchFrameCount, &frames);
  for (std::uint32_t i = 0; i < journal::kDispatchFrameCount; i++) {
    napi_value frame = nullptr;
    napi_create_typedarray(env, napi_uint8_array, kDispatchBodySize, buffer, i * kDispatchBodySize, &frame);
    napi_set_element(env, frames, i, frame);
  }
  return frames;
}

napi_value make_writer(napi_env env, EventPointer event, std::unique_ptr<Writer> writer) noexcept {
  auto instance = std::make_shared<WriterInstance>();
  instance->event = std::move(event);
  instance->writer = std::move(writer);
  ObjectBuilder builder(env, instance);
  builder.doubles("statistics", instance->writer->statistics(), journal::kStatisticCount)
      .value("dispatchFrames", make_dispatch_frames(env, instance))
      .function("offer", writer_offer)
      .function("commit", writer_commit)
      .function("abort", writer_abort)
      .function("appendControlTime", writer_append_control_time)
      .function("appendOutcome", writer_append_outcome)
      .function("resetDispatches", writer_reset_dispatches)
      .function("sync", writer_sync)
      .function("close", writer_close);
  return builder.object();
}

bool read_options(napi_env env, napi_value object, journal::WriterOptions* options) noexcept {
  options->path = string_argument(env, property_of(env, object, "path"));
  options->extent_size = static_cast<std::uint64_t>(number_argument(env, property_of(env, object, "extentSize")));
  options->interval_ms = static_cast<std::uint32_t>(number_argument(env, property_of(env, object, "intervalMs")));
  options->helper_cpu = static_cast<int>(number_argument(env, property_of(env, object, "helperCpu")));
  const std::string durability = string_argument(env, property_of(env, object, "durability"));
  if (durability == "process") options->durability = journal::Durability::Process;
  if (durability == "interval") options->durability = journal::Durability::Interval;
  if (durability == "dispatch") options->durability = journal::Durability::Dispatch;
  return durability == "process" || durability == "interval" || durability == "dispatch";
}

napi_value create_writer(napi_env env, napi_callback_info info) noexcept {
  napi_value values[2];
  arguments_of<void>(env, info, values);
  EventPointer event = event_argument(env, values[0]);
  if (event == nullptr) return nullptr;
  journal::WriterOptions options;
  if (!read_options(env, values[1], &options)) {
    return throw_status(env, Status::BadValue, "durability: expected process, interval or dispatch");
  }
  journal::Identity identity;
  identity.session_id = string_argument(env, property_of(env, values[1], "sessionId"));
  identity.session_ordinal =
      static_cast<std::uint32_t>(number_argument(env, property_of(env, values[1], "sessionOrdinal")));
  bool lossless = false;
  napi_get_value_bigint_int64(env, property_of(env, values[1], "epoch"), &identity.epoch, &lossless);
  if (!journal::hash_of_hex(string_argument(env, property_of(env, values[1], "schemaHash")), &identity.schema_hash)) {
    return throw_status(env, Status::BadValue, "schemaHash: expected 64 lower-case hexadecimal digits");
  }
  std::unique_ptr<Writer> writer;
  std::string detail;
  const Status status = Writer::create(*event, options, identity, &writer, &detail);
  if (status != Status::Ok) return throw_status(env, status, detail);
  return make_writer(env, std::move(event), std::move(writer));
}

// ── reader ──────────────────────────────────────────────────────────────────────────────────────

Reader& reader_of(napi_env env, napi_callback_info info) noexcept {
  return *instance_of<ReaderInstance>(env, info)->reader;
}

napi_value reader_next(napi_env env, napi_callback_info info) noexcept {
  return make_found(env, reader_of(env, info).next());
}
napi_value reader_seek(napi_env env, napi_callback_info info) noexcept {
  napi_value values[1];
  Reader& reader = *arguments_of<ReaderInstance>(env, info, values)->reader;
  return make_status(env, reader.seek(static_cast<std::uint64_t>(number_argument(env, values[0]))));
}
napi_value reader_verify(napi_env env, napi_callback_info info) noexcept {
  return make_number(env, static_cast<double>(reader_of(env, info).verify()));
}
napi_value reader_fault(napi_env env, napi_callback_info info) noexcept {
  const journal::Fault& fault = reader_of(env, info).fault();
  ObjectBuilder builder(env, nullptr);
  builder.value("status", make_status(env, fault.status))
      .value("offset", make_number(env, static_cast<double>(fault.offset)))
      .value("position", make_number(env, static_cast<double>(fault.position)))
      .value("detail", make_string(env, fault.detail));
  return builder.object();
}
napi_value reader_offset(napi_env env, napi_callback_info info) noexcept {
  return make_number(env, static_cast<double>(reader_of(env, info).cursor().tail().offset));
}
napi_value reader_record(napi_env env, napi_callback_info info) noexcept {
  const journal::Cursor& cursor = reader_of(env, info).cursor();
  return make_bytes(env, cursor.bytes(), cursor.bytes() == nullptr ? 0 : cursor.record().size);
}
napi_value reader_close(napi_env env, napi_callback_info info) noexcept {
  reader_of(env, info).close();
  return nullptr;
}

napi_value make_header(napi_env env, const journal::JournalFile& file) noexcept {
  const journal::FileHeader& header = file.header;
  journal::SchemaHash hash;
  std::memcpy(hash.data(), header.schema_hash()->data(), hash.size());
  ObjectBuilder builder(env, nullptr);
  builder.value("formatVersion", make_number(env, header.format_version()))
      .value("schemaHash", make_string(env, journal::hex_of(hash)))
      .value("sessionId", make_string(env, journal::session_id_of(header)))
      .value("sessionOrdinal", make_number(env, header.session_ordinal()))
      .value("epoch", make_big_integer(env, header.epoch()))
      .value("syncedPosition", make_number(env, static_cast<double>(header.synced_position())))
      .value("syncedOffset", make_number(env, static_cast<double>(header.synced_offset())))
      .value("fileSize", make_number(env, static_cast<double>(file.size)));
  return builder.object();
}

napi_value make_reader(napi_env env, std::shared_ptr<ReaderInstance> instance) noexcept {
  ObjectBuilder builder(env, instance);
  builder.value("header", make_header(env, instance->reader->file()))
      .function("next", reader_next)
      .function("seek", reader_seek)
      .function("verify", reader_verify)
      .function("fault", reader_fault)
      .function("offset", reader_offset)
      .function("record", reader_record)
      .function("close", reader_close);
  return builder.object();
}

journal::Schema schema_argument(napi_env env, napi_value value) noexcept {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type == napi_string && string_argument(env, value) == "any" ? journal::Schema::Any : journal::Schema::Same;
}

napi_value open_reader(napi_env env, napi_callback_info info) noexcept {
  napi_value values[3];
  std::size_t count = 3;
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  auto instance = std::make_shared<ReaderInstance>();
  instance->event = event_argument(env, values[0]);
  if (instance->event == nullptr) return nullptr;
  std::string detail;
  const Status status = Reader::open(*instance->event, string_argument(env, values[1]),
                                     schema_argument(env, values[2]), &instance->own, &detail);
  if (status != Status::Ok) return throw_status(env, status, detail);
  instance->reader = instance->own.get();
  return make_reader(env, std::move(instance));
}

// ── replay ──────────────────────────────────────────────────────────────────────────────────────

Replay& replay_of(napi_env env, napi_callback_info info) noexcept {
  return *instance_of<ReplayInstance>(env, info)->replay;
}

napi_value replay_next_input(napi_env env, napi_callback_info info) noexcept {
  return make_found(env, replay_of(env, info).next_input());
}
napi_value replay_append_outcome(napi_env env, napi_callback_info info) noexcept {
  return make_result(env, replay_of(env, info).append_outcome());
}
napi_value replay_difference(napi_env env, napi_callback_info info) noexcept {
  const Replay::Difference& difference = replay_of(env, info).difference();
  ObjectBuilder builder(env, nullptr);
  builder.value("position", make_number(env, static_cast<double>(difference.position)))
      .value("recorded", make_bytes(env, difference.recorded.data(), difference.recorded.size()))
      .value("derived", make_bytes(env, difference.derived.data(), difference.derived.size()));
  return builder.object();
}
napi_value replay_in_journal(napi_env env, napi_callback_info info) noexcept {
  return make_flag(env, replay_of(env, info).in_journal());
}
napi_value replay_resume(napi_env env, napi_callback_info info) noexcept {
  napi_value values[1];
  auto* const instance = arguments_of<ReplayInstance>(env, info, values);
  journal::WriterOptions options;
  if (!read_options(env, values[0], &options)) {
    return throw_status(env, Status::BadValue, "durability: expected process, interval or dispatch");
  }
  std::unique_ptr<Writer> writer;
  std::string detail;
  const Status status = instance->replay->resume(options, &writer, &detail);
  if (status != Status::Ok) return throw_status(env, status, detail);
  return make_writer(env, instance->event, std::move(writer));
}
napi_value replay_close(napi_env env, napi_callback_info info) noexcept {
  return make_status(env, replay_of(env, info).close());
}

napi_value open_replay(napi_env env, napi_callback_info info) noexcept {
  napi_value values[4];
  std::size_t count = 4;
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  auto instance = std::make_shared<ReplayInstance>();
  instance->event = event_argument(env, values[0]);
  if (instance->event == nullptr) return nullptr;
  std::string detail;
  const Status status =
      Replay::open(*instance->event, string_argument(env, values[1]), string_argument(env, values[2]),
                   schema_argument(env, values[3]), &instance->replay, &detail);
  if (status != Status::Ok) return throw_status(env, status, detail);
  auto reader = std::make_shared<ReaderInstance>();
  reader->event = instance->event;
  reader->replay = instance;
  reader->reader = &instance->replay->reader();
  ObjectBuilder builder(env, instance);
  builder.value("reader", make_reader(env, std::move(reader)))
      .function("nextInput", replay_next_input)
      .function("appendOutcome", replay_append_outcome)
      .function("difference", replay_difference)
      .function("inJournal", replay_in_journal)
      .function("resume", replay_resume)
      .function("close", replay_close);
  return builder.object();
}

}  // namespace

void register_journal(napi_env env, napi_value exports) {
  define_function(env, exports, "createWriter", create_writer, nullptr);
  define_function(env, exports, "openReader", open_reader, nullptr);
  define_function(env, exports, "openReplay", open_replay, nullptr);
}

}  // namespace tcx::binding

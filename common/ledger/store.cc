#include "common/ledger/store.h"

#include <fmt/format.h>

#include <map>

#include "common/base/planted.h"
#include "common/ledger/scripts.h"

namespace carillon::ledger {
namespace {

constexpr size_t kChunkAggregatesMax = 100;
constexpr size_t kChunkBytesMax = 1 << 20;
constexpr int kReindexScan = 200;
constexpr int64_t kRequestMemoryMs = 24LL * 3600 * 1000;

Status Moved(std::string_view position) {
  return MakeStatus(Code::kAborted, fmt::format("the copy in Redis is at '{}'", position));
}

Status CheckScript(const Result<redis::Reply>& reply) {
  if (!reply.ok()) return reply.status();
  if (reply->text == "OK") return Ok();
  return Moved(reply->text.size() > 4 ? reply->text.substr(4) : "none");
}

int64_t ToInt(const std::string& text, int64_t otherwise) {
  return text.empty() ? otherwise : strtoll(text.c_str(), nullptr, 10);
}

}  // namespace

std::string PositionText(const std::string& birth_id, int64_t offset) {
  return offset < 0 ? std::string() : birth_id + "|" + std::to_string(offset);
}

std::string EntriesText(const std::vector<IndexEntry>& entries) {
  std::string text;
  for (const IndexEntry& entry : entries) text += entry.index + "\t" + entry.member + "\n";
  return text;
}

Store::Store(std::unique_ptr<redis::Connection> connection, std::string prefix, int index_version)
    : connection_(std::move(connection)),
      prefix_(std::move(prefix)),
      index_version_(index_version) {}

Result<StorePosition> Store::Position() {
  ASSIGN_OR_RETURN(const redis::Reply reply,
                   connection_->Command({"HMGET", prefix_ + "s", "@pos", "@time", "@inbox", "@ix",
                                        "@load", "@restored"}));
  StorePosition out;
  if (reply.items.size() != 6 || reply.items[0].nil()) return out;
  const std::string& text = reply.items[0].text;
  const size_t mark = text.rfind('|');
  if (mark == std::string::npos) return out;
  out.present = true;
  out.birth_id = text.substr(0, mark);
  out.offset = ToInt(text.substr(mark + 1), -1);
  out.time_ms = ToInt(reply.items[1].text, 0);
  out.inbox_next = ToInt(reply.items[2].text, -1);
  out.index_version = static_cast<int>(ToInt(reply.items[3].text, 0));
  out.loading = !reply.items[4].nil();
  out.restored_ms = ToInt(reply.items[5].text, 0);
  return out;
}

Result<std::vector<std::optional<std::string>>> Store::Read(
    const std::string& birth_id, int64_t offset, const std::vector<std::string>& fields) {
  redis::Args args = {"HMGET", prefix_ + "s", "@pos"};
  args.insert(args.end(), fields.begin(), fields.end());
  ASSIGN_OR_RETURN(redis::Reply reply, connection_->Command(args));
  if (reply.items.size() != fields.size() + 1) return Moved("unknown");
  if (reply.items[0].text != PositionText(birth_id, offset)) return Moved(reply.items[0].text);
  std::vector<std::optional<std::string>> out;
  out.reserve(fields.size());
  for (size_t i = 1; i < reply.items.size(); ++i) {
    if (reply.items[i].nil()) {
      out.emplace_back();
    } else {
      out.emplace_back(std::move(reply.items[i].text));
    }
  }
  return out;
}

Result<Store::Due> Store::ReadDue(const std::string& birth_id, int64_t offset,
                                  const std::string& upto, int count) {
  ASSIGN_OR_RETURN(redis::Reply reply,
                   connection_->Eval(DueScript(), {prefix_},
                                    {PositionText(birth_id, offset), upto, std::to_string(count)}));
  if (reply.items.size() < 2) return Moved("unknown");
  if (reply.items[0].text != "OK") return Moved(reply.items[1].text);
  Due due;
  due.next = reply.items[1].text;
  for (size_t i = 2; i < reply.items.size(); ++i) {
    due.members.push_back(std::move(reply.items[i].text));
  }
  return due;
}

Status Store::Apply(const std::string& birth_id, int64_t from, const std::vector<Applied>& records,
                    bool loading) {
  std::vector<const Applied*> chunk;
  size_t bytes = 0, full = 0;
  for (const Applied& record : records) {
    const size_t size =
        record.IsBare() ? 0 : record.bytes.size() + record.request_bytes.size() + 100;
    if (full > 0 && (full >= kChunkAggregatesMax || bytes + size > kChunkBytesMax)) {
      RETURN_IF_ERROR(ApplyChunk(birth_id, from, chunk, loading));
      from = chunk.back()->offset;
      chunk.clear();
      bytes = full = 0;
    }
    chunk.push_back(&record);
    bytes += size;
    full += record.IsBare() ? 0 : 1;
  }
  if (chunk.empty()) return Ok();
  return ApplyChunk(birth_id, from, chunk, loading);
}

Status Store::ApplyChunk(const std::string& birth_id, int64_t from,
                         const std::vector<const Applied*>& chunk, bool loading) {
  std::map<std::string, const Applied*> latest;
  std::vector<const Applied*> requests;
  std::string owner;
  int64_t inbox_next = -1;
  int64_t restored_ms = 0;
  for (const Applied* record : chunk) {
    if (!record->id.empty()) latest[record->id] = record;
    if (!record->request_key.empty()) requests.push_back(record);
    if (!record->owner.empty()) owner = record->owner;
    inbox_next = record->inbox_restarts ? record->inbox_next
                                        : std::max(inbox_next, record->inbox_next);
    restored_ms = std::max(restored_ms, record->restored_ms);
  }
  const Applied& last = *chunk.back();
  redis::Args args = {PositionText(birth_id, from),
                      PositionText(birth_id, last.offset),
                      std::to_string(last.time_ms),
                      inbox_next < 0 ? "" : std::to_string(inbox_next),
                      owner,
                      loading ? "1" : "0",
                      std::to_string(index_version_),
                      requests.empty() ? "" : std::to_string(last.time_ms - kRequestMemoryMs),
                      restored_ms == 0 ? "" : std::to_string(restored_ms),
                      std::to_string(latest.size())};
  if (IsPlanted(Planted::kNoPositionCompare)) {
    ASSIGN_OR_RETURN(const StorePosition now, Position());
    args[0] = now.present ? PositionText(now.birth_id, now.offset) : "";
  }
  args.reserve(args.size() + latest.size() * 3 + requests.size() * 3 + 1);
  for (const auto& [id, record] : latest) {
    args.push_back(id);
    args.push_back(record->bytes);
    args.push_back(EntriesText(record->entries));
  }
  args.push_back(std::to_string(requests.size()));
  for (const Applied* record : requests) {
    args.push_back(record->request_key);
    args.push_back(record->request_bytes);
    args.push_back(std::to_string(record->time_ms));
  }
  return CheckScript(connection_->Eval(ApplyScript(), {prefix_}, args));
}

Status Store::FinishLoading(const std::string& birth_id, int64_t offset) {
  const std::string position = PositionText(birth_id, offset);
  ASSIGN_OR_RETURN(const StorePosition now, Position());
  if (!now.loading) return Ok();
  return CheckScript(connection_->Eval(
      ApplyScript(), {prefix_},
      {position, position, std::to_string(now.time_ms), "", "", "0",
       std::to_string(index_version_), "", "", "0", "0"}));
}

Status Store::Wipe(const StorePosition& seen, const std::vector<std::string>& index_names) {
  redis::Args args = {PositionText(seen.birth_id, seen.offset)};
  args.insert(args.end(), index_names.begin(), index_names.end());
  return CheckScript(connection_->Eval(WipeScript(), {prefix_}, args));
}

Status Store::Reindex(
    const std::string& birth_id, int64_t offset,
    const std::function<Result<std::vector<IndexEntry>>(const std::string&)>& entries_of) {
  const std::string position = PositionText(birth_id, offset);
  std::string cursor = "0";
  do {
    ASSIGN_OR_RETURN(const redis::Reply page,
                     connection_->Command({"HSCAN", prefix_ + "s", cursor, "MATCH", "a*", "COUNT",
                                          std::to_string(kReindexScan)}));
    if (page.items.size() != 2) return Moved("unknown");
    cursor = page.items[0].text;
    const auto& pairs = page.items[1].items;
    redis::Args args = {position, "", std::to_string(pairs.size() / 2)};
    for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
      ASSIGN_OR_RETURN(const std::vector<IndexEntry> entries, entries_of(pairs[i + 1].text));
      args.push_back(pairs[i].text.substr(1));
      args.push_back(EntriesText(entries));
    }
    RETURN_IF_ERROR(CheckScript(connection_->Eval(ReindexScript(), {prefix_}, args)));
  } while (cursor != "0");
  return CheckScript(connection_->Eval(ReindexScript(), {prefix_},
                                      {position, std::to_string(index_version_), "0"}));
}

Result<std::string> Store::EvictionPolicy() {
  ASSIGN_OR_RETURN(const redis::Reply reply, connection_->Command({"INFO", "memory"}));
  const std::string name = "maxmemory_policy:";
  const size_t at = reply.text.find(name);
  if (at == std::string::npos) return std::string("unknown");
  const size_t end = reply.text.find_first_of("\r\n", at);
  return reply.text.substr(at + name.size(), end - at - name.size());
}

}  // namespace carillon::ledger

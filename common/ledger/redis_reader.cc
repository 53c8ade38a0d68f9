#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "common/base/ids.h"
#include "common/ledger/keys.h"
#include "common/ledger/paging.h"
#include "common/ledger/reader.h"
#include "common/ledger/record.h"
#include "common/ledger/scripts.h"

namespace carillon::ledger {
namespace {

constexpr size_t kIdleConnectionsMax = 8;
constexpr int kShareMin = 8;    // of a shard, for a page
constexpr int kEachRows = 250;  // of a shard at a time
constexpr int kKeepScanPagesMax = 200;  // bounds how much a selective filter may read in one call
constexpr auto kRedisTimeout = absl::Seconds(2);
constexpr auto kWaitStep = absl::Milliseconds(5);

struct Row {
  std::string member;
  std::string bytes;
};

Status NotLoaded(int shard) {
  return MakeStatus(Code::kUnavailable,
                    fmt::format("shard {} is not loaded yet; try again in a moment", shard));
}

class RedisReader : public Reader {
 public:
  RedisReader(const Options& options, const Domain& domain, absl::Duration timeout,
              redis::Dial dial)
      : options_(options),
        domain_(domain),
        timeout_(timeout),
        dial_(std::move(dial)),
        idle_(options.redis.size()) {}

  Result<ProtoPtr> Get(std::string_view id) override;
  Result<std::vector<ProtoPtr>> GetMany(const std::vector<std::string>& ids) override;
  Result<Page> List(const ListQuery& query) override;
  Status Each(const ListQuery& query, const std::function<Status(const Proto&)>& take) override;
  Result<int64_t> Count(std::string_view index, std::string_view prefix) override;
  Result<std::string> OwnerAddress(int shard) override;
  Result<std::optional<std::string>> First(std::string_view index) override;

 private:
  using ConnectionPtr = std::unique_ptr<redis::Connection>;

  size_t EndpointOf(int shard) const { return static_cast<size_t>(shard) % options_.redis.size(); }
  std::string Prefix(int shard) const {
    return ShardPrefix(options_.release, options_.service, shard);
  }
  ConnectionPtr Borrow(size_t endpoint);
  void Return(size_t endpoint, ConnectionPtr connection);
  // One list script on every shard of `shards`, pipelined for each endpoint. rows[shard] in index order.
  struct ShardRange {
    int shard = 0;
    LexRange range;
  };
  Status ReadRows(const ListQuery& query, const std::vector<ShardRange>& shards, int count,
                  std::vector<std::vector<Row>>* rows);
  std::vector<ShardRange> OnAllShards(const LexRange& range) const;
  Status WaitFor(const std::vector<Position>& at_least);

  const Options options_;
  const Domain& domain_;
  const absl::Duration timeout_;
  const redis::Dial dial_;
  std::mutex mutex_;
  std::vector<std::vector<ConnectionPtr>> idle_;
};

RedisReader::ConnectionPtr RedisReader::Borrow(size_t endpoint) {
  {
    std::lock_guard lock(mutex_);
    if (!idle_[endpoint].empty()) {
      ConnectionPtr connection = std::move(idle_[endpoint].back());
      idle_[endpoint].pop_back();
      return connection;
    }
  }
  return dial_(options_.redis[endpoint], std::min(timeout_, kRedisTimeout));
}

void RedisReader::Return(size_t endpoint, ConnectionPtr connection) {
  std::lock_guard lock(mutex_);
  if (connection->connected() && idle_[endpoint].size() < kIdleConnectionsMax) {
    idle_[endpoint].push_back(std::move(connection));
  }
}

Result<ProtoPtr> RedisReader::Get(std::string_view id) {
  ASSIGN_OR_RETURN(auto records, GetMany({std::string(id)}));
  return records[0];
}

Result<std::vector<ProtoPtr>> RedisReader::GetMany(const std::vector<std::string>& ids) {
  std::map<int, std::vector<size_t>> by_shard;
  for (size_t i = 0; i < ids.size(); ++i) {
    by_shard[PartitionOf(RootOf(ids[i]), options_.shards)].push_back(i);
  }
  std::vector<ProtoPtr> out(ids.size());
  for (const auto& [shard, indexes] : by_shard) {
    redis::Args args = {"HMGET", Prefix(shard) + "s", "@pos", "@load"};
    for (const size_t i : indexes) args.push_back("a" + ids[i]);
    const size_t endpoint = EndpointOf(shard);
    ConnectionPtr connection = Borrow(endpoint);
    Result<redis::Reply> reply = connection->Command(args);
    Return(endpoint, std::move(connection));
    RETURN_IF_ERROR(reply.status());
    if (reply->items.size() != indexes.size() + 2 || reply->items[0].nil() ||
        !reply->items[1].nil()) {
      return NotLoaded(shard);
    }
    for (size_t i = 0; i < indexes.size(); ++i) {
      if (reply->items[i + 2].nil()) continue;
      ASSIGN_OR_RETURN(out[indexes[i]],
                       Parse(domain_.RecordPrototype(), reply->items[i + 2].text));
    }
  }
  return out;
}

std::vector<RedisReader::ShardRange> RedisReader::OnAllShards(const LexRange& range) const {
  std::vector<ShardRange> out;
  for (int shard = 0; shard < options_.shards; ++shard) out.push_back({shard, range});
  return out;
}

Status RedisReader::ReadRows(const ListQuery& query, const std::vector<ShardRange>& ranges,
                             int count, std::vector<std::vector<Row>>* rows) {
  rows->assign(static_cast<size_t>(options_.shards), {});
  for (size_t endpoint = 0; endpoint < options_.redis.size(); ++endpoint) {
    ConnectionPtr connection = Borrow(endpoint);
    std::vector<redis::Args> commands;
    std::vector<int> shards;
    for (const auto& [shard, range] : ranges) {
      if (EndpointOf(shard) != endpoint) continue;
      ASSIGN_OR_RETURN(redis::Args args,
                       connection->Prepare(ListScript(), {Prefix(shard)},
                                           {range.low, range.high,
                                            query.descending ? "desc" : "asc",
                                            std::to_string(count), query.index}));
      commands.push_back(std::move(args));
      shards.push_back(shard);
    }
    if (commands.empty()) continue;
    ASSIGN_OR_RETURN(std::vector<redis::Reply> replies, connection->Pipeline(commands));
    Return(endpoint, std::move(connection));
    for (size_t i = 0; i < replies.size(); ++i) {
      auto& items = replies[i].items;
      if (items.size() < 2 || items[0].text.empty() || !items[1].text.empty()) {
        return NotLoaded(shards[i]);
      }
      auto& shard_rows = (*rows)[shards[i]];
      for (size_t k = 2; k + 1 < items.size(); k += 2) {
        shard_rows.push_back({std::move(items[k].text), std::move(items[k + 1].text)});
      }
    }
  }
  return Ok();
}

Status RedisReader::WaitFor(const std::vector<Position>& at_least) {
  const absl::Time give_up = absl::Now() + timeout_;
  for (const Position& position : at_least) {
    while (true) {
      const size_t endpoint = EndpointOf(position.shard);
      ConnectionPtr connection = Borrow(endpoint);
      Result<redis::Reply> reply =
          connection->Command({"HGET", Prefix(position.shard) + "s", "@pos"});
      Return(endpoint, std::move(connection));
      RETURN_IF_ERROR(reply.status());
      const size_t mark = reply->text.rfind('|');
      if (mark != std::string::npos &&
          strtoll(reply->text.c_str() + mark + 1, nullptr, 10) >= position.offset) {
        break;
      }
      if (absl::Now() >= give_up) return NotLoaded(position.shard);
      absl::SleepFor(kWaitStep);
    }
  }
  return Ok();
}

// The shards' rows in one order, up to where the first of them was cut at `count`: behind that, rows may be missing. `more`: one was cut.
std::vector<Row> Merge(std::vector<std::vector<Row>> rows, int count, bool descending, bool* more) {
  const auto before = [descending](const Row& a, const Row& b) {
    return descending ? a.member > b.member : a.member < b.member;
  };
  std::vector<Row> merged;
  std::optional<Row> end;
  for (auto& shard_rows : rows) {
    if (shard_rows.size() >= static_cast<size_t>(count)) {
      const Row last{shard_rows.back().member, ""};
      if (!end || before(last, *end)) end = last;
    }
    std::move(shard_rows.begin(), shard_rows.end(), std::back_inserter(merged));
  }
  if (end) std::erase_if(merged, [&](const Row& row) { return before(*end, row); });
  std::sort(merged.begin(), merged.end(), before);
  *more = end.has_value();
  return merged;
}

Result<Page> RedisReader::List(const ListQuery& query) {
  ASSIGN_OR_RETURN(const int size, PageSize(query.page_size));
  ASSIGN_OR_RETURN(std::string after, ReadPageToken(query));
  RETURN_IF_ERROR(WaitFor(query.at_least));
  Page page;
  // Twice a shard's share of the page, as ids are spread; what lies on few shards is read in larger steps then.
  int count = std::min(size + 1, std::max(kShareMin, 2 * (size + 1) / options_.shards));
  for (int scan = 0; scan < kKeepScanPagesMax; ++scan) {
    std::vector<std::vector<Row>> rows;
    RETURN_IF_ERROR(ReadRows(query, OnAllShards(RangeOf(query, after)), count, &rows));
    bool more = false;
    const std::vector<Row> merged = Merge(std::move(rows), count, query.descending, &more);
    count = std::min(size + 1, 2 * count);
    for (const Row& row : merged) {
      after = row.member;
      if (row.bytes.empty()) continue;
      ASSIGN_OR_RETURN(ProtoPtr record, Parse(domain_.RecordPrototype(), row.bytes));
      if (query.keep && !query.keep(*record)) continue;
      page.records.push_back(std::move(record));
      if (static_cast<int>(page.records.size()) == size) break;
    }
    const bool consumed_all = merged.empty() || after == merged.back().member;
    if (!more && consumed_all) return page;
    if (static_cast<int>(page.records.size()) == size) break;
  }
  page.next_page_token = MakePageToken(query, after);
  return page;
}

Status RedisReader::Each(const ListQuery& query,
                         const std::function<Status(const Proto&)>& take) {
  RETURN_IF_ERROR(WaitFor(query.at_least));
  std::vector<ShardRange> left = OnAllShards(RangeOf(query, ""));
  while (!left.empty()) {
    std::vector<std::vector<Row>> rows;
    RETURN_IF_ERROR(ReadRows(query, left, kEachRows, &rows));
    std::vector<ShardRange> more;
    for (const ShardRange& range : left) {
      const auto& shard_rows = rows[static_cast<size_t>(range.shard)];
      for (const Row& row : shard_rows) {
        if (row.bytes.empty()) continue;
        ASSIGN_OR_RETURN(const ProtoPtr record, Parse(domain_.RecordPrototype(), row.bytes));
        if (!query.keep || query.keep(*record)) RETURN_IF_ERROR(take(*record));
      }
      if (shard_rows.size() < kEachRows) continue;
      more.push_back({range.shard, RangeOf(query, shard_rows.back().member)});
    }
    left = std::move(more);
  }
  return Ok();
}

Result<int64_t> RedisReader::Count(std::string_view index, std::string_view prefix) {
  int64_t count = 0;
  for (int shard = 0; shard < options_.shards; ++shard) {
    const size_t endpoint = EndpointOf(shard);
    ConnectionPtr connection = Borrow(endpoint);
    const std::string low = "[" + std::string(prefix);
    Result<std::vector<redis::Reply>> replies = connection->Pipeline(
        {{"HMGET", Prefix(shard) + "s", "@pos", "@load"},
         {"ZLEXCOUNT", Prefix(shard) + "i:" + std::string(index), low,
          "(" + std::string(prefix) + "\xff"}});
    Return(endpoint, std::move(connection));
    RETURN_IF_ERROR(replies.status());
    const auto& state = (*replies)[0].items;
    if (state.size() != 2 || state[0].nil() || !state[1].nil()) return NotLoaded(shard);
    count += (*replies)[1].integer;
  }
  return count;
}

Result<std::string> RedisReader::OwnerAddress(int shard) {
  const size_t endpoint = EndpointOf(shard);
  ConnectionPtr connection = Borrow(endpoint);
  Result<redis::Reply> reply = connection->Command({"HGET", Prefix(shard) + "s", "@owner"});
  Return(endpoint, std::move(connection));
  RETURN_IF_ERROR(reply.status());
  return reply->text;
}

Result<std::optional<std::string>> RedisReader::First(std::string_view index) {
  ListQuery query;
  query.index = std::string(index);
  std::vector<std::vector<Row>> rows;
  RETURN_IF_ERROR(ReadRows(query, OnAllShards(RangeOf(query, "")), 1, &rows));
  std::optional<std::string> first;
  for (const auto& shard_rows : rows) {
    if (!shard_rows.empty() && (!first || shard_rows[0].member < *first)) {
      first = shard_rows[0].member;
    }
  }
  return first;
}

}  // namespace

std::unique_ptr<Reader> MakeReader(const Options& options, const Domain& domain,
                                   absl::Duration timeout, redis::Dial dial) {
  return std::make_unique<RedisReader>(options, domain, timeout, std::move(dial));
}

}  // namespace carillon::ledger

#include "tests/simulation/redis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

#include "common/base/check.h"

namespace carillon::simulation {
namespace {

using redis::Args;
using redis::Reply;

Reply Text(std::string text) {
  Reply reply;
  reply.kind = Reply::Kind::kText;
  reply.text = std::move(text);
  return reply;
}

Reply Integer(int64_t value) {
  Reply reply;
  reply.kind = Reply::Kind::kInteger;
  reply.integer = value;
  return reply;
}

Reply List(std::vector<Reply> items) {
  Reply reply;
  reply.kind = Reply::Kind::kList;
  reply.items = std::move(items);
  return reply;
}

Status Error(std::string_view text) {
  return MakeStatus(Code::kInternal, fmt::format("Redis: {}", text));
}

// One end of a lexical range: "-", "+", "[x" or "(x".
struct LexBound {
  std::string text;
  bool open = false;
  int infinite = 0;  // -1, +1
  static Result<LexBound> Parse(const std::string& given) {
    if (given == "-") return LexBound{"", false, -1};
    if (given == "+") return LexBound{"", false, +1};
    if (given.empty() || (given[0] != '[' && given[0] != '(')) {
      return Error("ERR min or max not valid string range item");
    }
    return LexBound{given.substr(1), given[0] == '(', 0};
  }
  bool Above(const std::string& member) const {  // is `member` at or above this lower bound
    if (infinite != 0) return infinite < 0;
    return open ? member > text : member >= text;
  }
  bool Below(const std::string& member) const {
    if (infinite != 0) return infinite > 0;
    return open ? member < text : member <= text;
  }
};

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), ::toupper);
  return text;
}

// Redis to Lua: nil is false, integers are numbers.
void Push(lua_State* lua, const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::kNil:
      lua_pushboolean(lua, 0);
      break;
    case Reply::Kind::kText:
      lua_pushlstring(lua, reply.text.data(), reply.text.size());
      break;
    case Reply::Kind::kInteger:
      lua_pushnumber(lua, static_cast<double>(reply.integer));
      break;
    case Reply::Kind::kList:
      lua_createtable(lua, static_cast<int>(reply.items.size()), 0);
      for (size_t i = 0; i < reply.items.size(); ++i) {
        Push(lua, reply.items[i]);
        lua_rawseti(lua, -2, static_cast<int>(i) + 1);
      }
  }
}

// Lua to Redis: a table ends at its first nil, numbers are cut to integers, false is nil.
Reply Take(lua_State* lua, int index) {
  switch (lua_type(lua, index)) {
    case LUA_TSTRING: {
      size_t size = 0;
      const char* text = lua_tolstring(lua, index, &size);
      return Text(std::string(text, size));
    }
    case LUA_TNUMBER:
      return Integer(static_cast<int64_t>(lua_tonumber(lua, index)));
    case LUA_TBOOLEAN:
      return lua_toboolean(lua, index) != 0 ? Integer(1) : Reply();
    case LUA_TTABLE: {
      std::vector<Reply> items;
      for (int i = 1;; ++i) {
        lua_rawgeti(lua, index, i);
        if (lua_isnil(lua, -1)) break;
        items.push_back(Take(lua, lua_gettop(lua)));
        lua_pop(lua, 1);
      }
      lua_pop(lua, 1);
      return List(std::move(items));
    }
    default:
      return {};
  }
}

void SetTable(lua_State* lua, const char* name, const Args& values) {
  lua_createtable(lua, static_cast<int>(values.size()), 0);
  for (size_t i = 0; i < values.size(); ++i) {
    lua_pushlstring(lua, values[i].data(), values[i].size());
    lua_rawseti(lua, -2, static_cast<int>(i) + 1);
  }
  lua_setglobal(lua, name);
}

}  // namespace

Redis::Redis() : lua_(luaL_newstate()) {
  luaL_openlibs(lua_);
  lua_newtable(lua_);
  lua_pushlightuserdata(lua_, this);
  lua_pushcclosure(lua_, &Redis::Call, 1);
  lua_setfield(lua_, -2, "call");
  lua_setglobal(lua_, "redis");
}

Redis::~Redis() { lua_close(lua_); }

int Redis::Call(lua_State* lua) {
  auto* self = static_cast<Redis*>(lua_touserdata(lua, lua_upvalueindex(1)));
  {
    Args args;
    for (int i = 1; i <= lua_gettop(lua); ++i) {
      size_t size = 0;
      // Numbers become text as Redis makes it: 17 digits, which for the small integers used here is plain.
      const char* text = lua_tolstring(lua, i, &size);
      args.emplace_back(text == nullptr ? "" : text, size);
    }
    const Result<Reply> reply = self->Execute(args);
    if (reply.ok()) {
      Push(lua, *reply);
      return 1;
    }
    const std::string message = Message(reply.status());
    lua_pushlstring(lua, message.data(), message.size());
  }
  return lua_error(lua);  // after every C++ object has gone: it jumps
}

Result<Reply> Redis::Eval(const std::string& source, const Args& keys, const Args& arguments) {
  int& reference = compiled_[source];
  if (reference == 0) {
    if (luaL_loadbuffer(lua_, source.data(), source.size(), "script") != 0) {
      return Error(fmt::format("ERR Error compiling script: {}", lua_tostring(lua_, -1)));
    }
    reference = luaL_ref(lua_, LUA_REGISTRYINDEX);
  }
  SetTable(lua_, "KEYS", keys);
  SetTable(lua_, "ARGV", arguments);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, reference);
  if (lua_pcall(lua_, 0, 1, 0) != 0) {
    const std::string why = lua_tostring(lua_, -1) == nullptr ? "?" : lua_tostring(lua_, -1);
    lua_settop(lua_, 0);
    return Error(why);
  }
  Reply reply = Take(lua_, lua_gettop(lua_));
  lua_settop(lua_, 0);
  return reply;
}

Result<Redis::Key*> Redis::Find(const std::string& name, bool hash, bool create) {
  auto it = data_.find(name);
  if (it == data_.end()) {
    if (!create) return nullptr;
    it = data_.emplace(name, Key()).first;
    it->second.is_hash = hash;
  }
  if (it->second.is_hash != hash) {
    return Error("WRONGTYPE Operation against a key holding the wrong kind of value");
  }
  return &it->second;
}

Result<Reply> Redis::Execute(const Args& args) {
  const std::string name = Upper(args.at(0));
  if (name == "PING") return Text("PONG");
  if (name == "INFO") return Text("maxmemory_policy:noeviction\r\n");
  if (name == "UNLINK") {
    int64_t count = 0;
    for (size_t i = 1; i < args.size(); ++i) count += static_cast<int64_t>(data_.erase(args[i]));
    return Integer(count);
  }
  if (name == "HSCAN") return Scan(args);
  if (name == "EVAL") {
    const auto keys = args.begin() + 3;
    const auto rest = keys + std::stoi(args.at(2));
    return Eval(args.at(1), {keys, rest}, {rest, args.end()});
  }
  if (name[0] == 'H') return HashCommand(args);
  if (name == "ZRANGEBYLEX") return RangeByLex(args, false);
  if (name == "ZREVRANGEBYLEX") return RangeByLex(args, true);
  if (name == "ZRANGEBYSCORE") return RangeByScore(args);
  if (name[0] == 'Z') return SetCommand(args);
  return Error(fmt::format("ERR unknown command '{}'", args[0]));
}

Result<Reply> Redis::HashCommand(const Args& args) {
  const std::string name = Upper(args[0]);
  const bool writes = name == "HSET";
  ASSIGN_OR_RETURN(Key * key, Find(args.at(1), true, writes));
  const auto get = [&](const std::string& field) {
    if (key == nullptr) return Reply();
    const auto it = key->hash.find(field);
    return it == key->hash.end() ? Reply() : Text(it->second);
  };
  if (name == "HGET") return get(args.at(2));
  if (name == "HMGET") {
    std::vector<Reply> out;
    for (size_t i = 2; i < args.size(); ++i) out.push_back(get(args[i]));
    return List(std::move(out));
  }
  int64_t count = 0;
  if (name == "HSET") {
    for (size_t i = 2; i + 1 < args.size(); i += 2) {
      count += key->hash.contains(args[i]) ? 0 : 1;
      key->hash[args[i]] = args[i + 1];
    }
    return Integer(count);
  }
  if (name == "HDEL") {
    if (key == nullptr) return Integer(0);
    for (size_t i = 2; i < args.size(); ++i) count += static_cast<int64_t>(key->hash.erase(args[i]));
    if (key->hash.empty()) data_.erase(args[1]);
    return Integer(count);
  }
  if (name == "HLEN") return Integer(key == nullptr ? 0 : static_cast<int64_t>(key->hash.size()));
  return Error(fmt::format("ERR unknown command '{}'", args[0]));
}

Result<Reply> Redis::Scan(const Args& args) {
  // HSCAN key cursor MATCH a* COUNT n. The cursor counts fields in order; what stays throughout is seen.
  ASSIGN_OR_RETURN(Key * key, Find(args.at(1), true, false));
  const size_t from = static_cast<size_t>(std::strtoull(args.at(2).c_str(), nullptr, 10));
  const size_t count = static_cast<size_t>(std::strtoull(args.at(6).c_str(), nullptr, 10));
  const std::string prefix = args.at(4).substr(0, args[4].size() - 1);
  std::vector<Reply> pairs;
  size_t index = 0;
  if (key != nullptr) {
    for (const auto& [field, value] : key->hash) {
      if (index++ < from || index > from + count) continue;
      if (field.compare(0, prefix.size(), prefix) != 0) continue;
      pairs.push_back(Text(field));
      pairs.push_back(Text(value));
    }
  }
  const bool more = key != nullptr && from + count < key->hash.size();
  return List({Text(more ? std::to_string(from + count) : "0"), List(std::move(pairs))});
}

Result<Reply> Redis::SetCommand(const Args& args) {
  const std::string name = Upper(args[0]);
  ASSIGN_OR_RETURN(Key * key, Find(args.at(1), false, name == "ZADD"));
  int64_t count = 0;
  if (name == "ZADD") {
    for (size_t i = 2; i + 1 < args.size(); i += 2) {
      count += key->set.contains(args[i + 1]) ? 0 : 1;
      key->set[args[i + 1]] = std::strtod(args[i].c_str(), nullptr);
    }
    return Integer(count);
  }
  if (name == "ZREM") {
    if (key == nullptr) return Integer(0);
    for (size_t i = 2; i < args.size(); ++i) count += static_cast<int64_t>(key->set.erase(args[i]));
    if (key->set.empty()) data_.erase(args[1]);
    return Integer(count);
  }
  if (name == "ZLEXCOUNT") {
    ASSIGN_OR_RETURN(const LexBound low, LexBound::Parse(args.at(2)));
    ASSIGN_OR_RETURN(const LexBound high, LexBound::Parse(args.at(3)));
    if (key == nullptr) return Integer(0);
    for (const auto& [member, score] : key->set) {
      count += low.Above(member) && high.Below(member) ? 1 : 0;
    }
    return Integer(count);
  }
  return Error(fmt::format("ERR unknown command '{}'", args[0]));
}

Result<Reply> Redis::RangeByLex(const Args& args, bool reverse) {
  ASSIGN_OR_RETURN(const Key* key, Find(args.at(1), false, false));
  ASSIGN_OR_RETURN(const LexBound low, LexBound::Parse(args.at(reverse ? 3 : 2)));
  ASSIGN_OR_RETURN(const LexBound high, LexBound::Parse(args.at(reverse ? 2 : 3)));
  const int64_t limit = args.size() > 6 ? std::strtoll(args[6].c_str(), nullptr, 10) : -1;
  std::vector<Reply> out;
  if (key == nullptr) return List({});
  for (const auto& [member, score] : key->set) {
    if (low.Above(member) && high.Below(member)) out.push_back(Text(member));
  }
  if (reverse) std::reverse(out.begin(), out.end());
  if (limit >= 0 && out.size() > static_cast<size_t>(limit)) out.resize(static_cast<size_t>(limit));
  return List(std::move(out));
}

Result<Reply> Redis::RangeByScore(const Args& args) {
  // ZRANGEBYSCORE key -inf (max LIMIT 0 n
  ASSIGN_OR_RETURN(const Key* key, Find(args.at(1), false, false));
  if (args.at(2) != "-inf" || args.at(3).empty() || args[3][0] != '(') {
    return Error("ERR this range by score is not simulated");
  }
  const double below = std::strtod(args[3].c_str() + 1, nullptr);
  const size_t limit = static_cast<size_t>(std::strtoull(args.at(6).c_str(), nullptr, 10));
  std::vector<std::pair<double, std::string>> found;
  if (key != nullptr) {
    for (const auto& [member, score] : key->set) {
      if (score < below) found.emplace_back(score, member);
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<Reply> out;
  for (const auto& [score, member] : found) {
    if (out.size() < limit) out.push_back(Text(member));
  }
  return List(std::move(out));
}

}  // namespace carillon::simulation

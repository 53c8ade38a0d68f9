// A Redis in memory: the commands and the Lua that the Ledger's scripts use, on Lua 5.1 as in the real one; the product's own scripts
// run here. tests/simulation/redis_twin_test.cc holds it against a real redis-server. What a failover loses is a question of Snapshot and Restore.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/redis/connection.h"

struct lua_State;

namespace carillon::simulation {

class Redis {
 public:
  Redis();
  ~Redis();

  // INTERNAL with the error's text, as a connection reports an error reply.
  Result<redis::Reply> Execute(const redis::Args& args);
  Result<redis::Reply> Eval(const std::string& source, const redis::Args& keys,
                            const redis::Args& arguments);

  void Wipe() { data_ = {}; }
  struct Key {
    std::map<std::string, std::string> hash;
    std::map<std::string, double> set;              // member -> score
    bool is_hash = false;
  };
  using Data = std::map<std::string, Key>;
  const Data& data() const { return data_; }
  Data Snapshot() const { return data_; }
  void Restore(Data data) { data_ = std::move(data); }

 private:
  Result<redis::Reply> HashCommand(const redis::Args& args);
  Result<redis::Reply> SetCommand(const redis::Args& args);
  Result<redis::Reply> RangeByLex(const redis::Args& args, bool reverse);
  Result<redis::Reply> RangeByScore(const redis::Args& args);
  Result<redis::Reply> Scan(const redis::Args& args);
  Result<Key*> Find(const std::string& name, bool hash, bool create);
  static int Call(lua_State* lua);

  Data data_;
  lua_State* lua_;
  std::map<std::string, int> compiled_;  // source -> reference
};

}  // namespace carillon::simulation

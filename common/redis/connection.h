// One connection to one Redis. Blocking, every wait bounded by `timeout`. Used by one thread at a time. After a transport error the
// connection is closed and the next call connects again (the failed call is never repeated by itself).
#pragma once

#include <absl/time/time.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

struct redisContext;
struct redisReply;

namespace carillon::redis {

struct Reply {
  enum class Kind { kNil, kText, kInteger, kList };
  Kind kind = Kind::kNil;
  std::string text;
  int64_t integer = 0;
  std::vector<Reply> items;
  bool nil() const { return kind == Kind::kNil; }
};

using Args = std::vector<std::string>;

// A Lua script; loaded once for each connection and sent by its hash. Make it once (static): it is known by its address.
struct Script {
  std::string source;
};

class Connection {
 public:
  // "host:port". Connects at the first call.
  Connection(std::string endpoint, absl::Duration timeout);
  ~Connection();

  // UNAVAILABLE: the server is away or did not answer in time (it may have executed). RESOURCE_EXHAUSTED: out of memory.
  // INTERNAL: any other error reply, with its text.
  Result<Reply> Command(const Args& args);
  // All sent at once, answers in order. The first transport error fails the rest.
  Result<std::vector<Reply>> Pipeline(const std::vector<Args>& commands);
  Result<Reply> Eval(const Script& script, const Args& keys, const Args& arguments);
  // The command that Eval would send, for a Pipeline; loads the script if this connection has not.
  Result<Args> Prepare(const Script& script, const Args& keys, const Args& arguments);

  bool connected() const { return context_ != nullptr; }
  const std::string& endpoint() const { return endpoint_; }

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };
  Status Connect();
  Status Broken(std::string_view what);
  Status Send(const Args& args);
  Result<Reply> Receive();

  const std::string endpoint_;
  const absl::Duration timeout_;
  std::unique_ptr<redisContext, Free> context_;
  std::map<const Script*, std::string> loaded_;  // its hash on this connection's server
};

}  // namespace carillon::redis

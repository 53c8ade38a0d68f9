// One connection to one Redis. Blocking, every wait bounded by `timeout`. Used by one thread at a time. After a transport error the
// connection is closed and the next call connects again (the failed call is never repeated by itself).
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"

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
  virtual ~Connection() = default;

  // UNAVAILABLE: the server is away or did not answer in time (it may have executed). RESOURCE_EXHAUSTED: out of memory.
  // INTERNAL: any other error reply, with its text.
  virtual Result<Reply> Command(const Args& args) = 0;
  // All sent at once, answers in order. The first transport error fails the rest.
  virtual Result<std::vector<Reply>> Pipeline(const std::vector<Args>& commands) = 0;
  virtual Result<Reply> Eval(const Script& script, const Args& keys, const Args& arguments) = 0;
  // The command that Eval would send, for a Pipeline; loads the script if this connection has not.
  virtual Result<Args> Prepare(const Script& script, const Args& keys, const Args& arguments) = 0;
  virtual bool connected() const = 0;
};

// Makes a connection to "host:port", which connects at its first call.
using Dial = std::function<std::unique_ptr<Connection>(const std::string& endpoint,
                                                       absl::Duration timeout)>;

// Over TCP, by hiredis.
std::unique_ptr<Connection> DialTcp(const std::string& endpoint, absl::Duration timeout);

}  // namespace carillon::redis

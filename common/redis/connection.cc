#include "common/redis/connection.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <sys/time.h>

#include <map>

#include "common/observe/metrics.h"

namespace carillon::redis {
namespace {

Reply Convert(const redisReply& raw) {
  Reply reply;
  switch (raw.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.kind = Reply::Kind::kText;
      reply.text.assign(raw.str, raw.len);
      break;
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::kInteger;
      reply.integer = raw.integer;
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::kList;
      reply.items.reserve(raw.elements);
      for (size_t i = 0; i < raw.elements; ++i) reply.items.push_back(Convert(*raw.element[i]));
      break;
    default:
      break;
  }
  return reply;
}

Status ErrorReply(std::string_view text) {
  if (text.substr(0, 3) == "OOM") {
    return MakeStatus(Code::kResourceExhausted, fmt::format("Redis is out of memory: {}", text));
  }
  if (text.substr(0, 7) == "LOADING" || text.substr(0, 8) == "READONLY" ||
      text.substr(0, 10) == "MASTERDOWN" || text.substr(0, 4) == "BUSY") {
    return MakeStatus(Code::kUnavailable, fmt::format("Redis can't serve now: {}", text));
  }
  return MakeStatus(Code::kInternal, fmt::format("Redis: {}", text));
}

class TcpConnection : public Connection {
 public:
  TcpConnection(std::string endpoint, absl::Duration timeout)
      : endpoint_(std::move(endpoint)), timeout_(timeout) {}

  Result<Reply> Command(const Args& args) override;
  Result<std::vector<Reply>> Pipeline(const std::vector<Args>& commands) override;
  Result<Reply> Eval(const Script& script, const Args& keys, const Args& arguments) override;
  Result<Args> Prepare(const Script& script, const Args& keys, const Args& arguments) override;
  bool connected() const override { return context_ != nullptr; }

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
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

Status TcpConnection::Connect() {
  if (context_) return Ok();
  const size_t colon = endpoint_.rfind(':');
  const std::string host = endpoint_.substr(0, colon);
  const int port = colon == std::string::npos ? 6379 : atoi(endpoint_.c_str() + colon + 1);
  context_.reset(redisConnectWithTimeout(host.c_str(), port, absl::ToTimeval(timeout_)));
  if (!context_ || context_->err != 0) return Broken("connecting");
  redisSetTimeout(context_.get(), absl::ToTimeval(timeout_));
  redisEnableKeepAlive(context_.get());
  return Ok();
}

Status TcpConnection::Broken(std::string_view what) {
  static auto& errors = observe::Counter("redis_errors_total", "Transport errors of Redis connections");
  errors.Increment();
  const std::string why = context_ ? context_->errstr : "no memory";
  context_.reset();
  loaded_.clear();
  return MakeStatus(Code::kUnavailable,
                    fmt::format("Redis at {} is away ({}: {})", endpoint_, what, why));
}

Status TcpConnection::Send(const Args& args) {
  std::vector<const char*> data;
  std::vector<size_t> sizes;
  data.reserve(args.size());
  sizes.reserve(args.size());
  for (const std::string& arg : args) {
    data.push_back(arg.data());
    sizes.push_back(arg.size());
  }
  if (redisAppendCommandArgv(context_.get(), static_cast<int>(args.size()), data.data(),
                             sizes.data()) != REDIS_OK) {
    return Broken("sending");
  }
  return Ok();
}

Result<Reply> TcpConnection::Receive() {
  void* raw = nullptr;
  if (redisGetReply(context_.get(), &raw) != REDIS_OK || raw == nullptr) return Broken("receiving");
  const std::unique_ptr<redisReply, void (*)(redisReply*)> reply(
      static_cast<redisReply*>(raw), [](redisReply* r) { freeReplyObject(r); });
  if (reply->type == REDIS_REPLY_ERROR) return ErrorReply({reply->str, reply->len});
  return Convert(*reply);
}

Result<Reply> TcpConnection::Command(const Args& args) {
  RETURN_IF_ERROR(Connect());
  RETURN_IF_ERROR(Send(args));
  return Receive();
}

Result<std::vector<Reply>> TcpConnection::Pipeline(const std::vector<Args>& commands) {
  RETURN_IF_ERROR(Connect());
  for (const Args& args : commands) RETURN_IF_ERROR(Send(args));
  std::vector<Reply> replies;
  Status first;
  for (size_t i = 0; i < commands.size(); ++i) {
    Result<Reply> reply = Receive();
    if (!reply.ok()) {
      if (!context_) return reply.status();
      if (first.ok()) first = reply.status();  // an error reply; the others still have to be read
      replies.emplace_back();
      continue;
    }
    replies.push_back(*std::move(reply));
  }
  if (!first.ok()) return first;
  return replies;
}

Result<Args> TcpConnection::Prepare(const Script& script, const Args& keys, const Args& arguments) {
  RETURN_IF_ERROR(Connect());
  std::string& hash = loaded_[&script];
  if (hash.empty()) {
    ASSIGN_OR_RETURN(const Reply reply, Command({"SCRIPT", "LOAD", script.source}));
    hash = reply.text;
  }
  Args args = {"EVALSHA", hash, std::to_string(keys.size())};
  args.insert(args.end(), keys.begin(), keys.end());
  args.insert(args.end(), arguments.begin(), arguments.end());
  return args;
}

Result<Reply> TcpConnection::Eval(const Script& script, const Args& keys, const Args& arguments) {
  ASSIGN_OR_RETURN(const Args args, Prepare(script, keys, arguments));
  Result<Reply> reply = Command(args);
  if (!reply.ok() && Message(reply.status()).find("NOSCRIPT") != std::string::npos) {
    loaded_.erase(&script);  // SCRIPT FLUSH, or another server behind the same address
    ASSIGN_OR_RETURN(const Args again, Prepare(script, keys, arguments));
    return Command(again);
  }
  return reply;
}

}  // namespace

std::unique_ptr<Connection> DialTcp(const std::string& endpoint, absl::Duration timeout) {
  return std::make_unique<TcpConnection>(endpoint, timeout);
}

}  // namespace carillon::redis

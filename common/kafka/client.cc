#include "common/kafka/client.h"

#include <fmt/format.h>

#include <array>

#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::kafka {
namespace {

void OnLog(const rd_kafka_t*, int level, const char* facility, const char* text) {
  const observe::Fields fields = {{"facility", facility}};
  if (level <= 3) {
    observe::Warn(fmt::format("kafka: {}", text), fields);
  } else {
    observe::Debug(fmt::format("kafka: {}", text), fields);
  }
}

void OnError(rd_kafka_t*, int code, const char* reason, void* opaque) {
  static auto& errors = observe::Counter("kafka_errors_total", "Errors that librdkafka reported");
  errors.Increment();
  if (opaque != nullptr) static_cast<ClientEvents*>(opaque)->transport_errors.fetch_add(1);
  observe::Debug(fmt::format("kafka error: {}", reason),
                 {{"code", rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code))}});
}

}  // namespace

Result<ConfHandle> MakeConf(const std::string& brokers, const Settings& settings) {
  ConfHandle conf(rd_kafka_conf_new());
  Settings all = {{"bootstrap.servers", brokers},
                  {"client.id", "carillon"},
                  {"socket.keepalive.enable", "true"},
                  {"reconnect.backoff.ms", "50"},
                  {"reconnect.backoff.max.ms", "1000"},
                  {"log.connection.close", "false"},
                  {"topic.metadata.refresh.interval.ms", "30000"}};
  all.insert(all.end(), settings.begin(), settings.end());
  std::array<char, 512> why{};
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK) {
      return MakeStatus(Code::kInvalidArgument,
                        fmt::format("Kafka setting {}={}: {}", name, value, why.data()));
    }
  }
  rd_kafka_conf_set_log_cb(conf.get(), OnLog);
  rd_kafka_conf_set_error_cb(conf.get(), OnError);
  return conf;
}

Result<ClientHandle> MakeClient(rd_kafka_type_t type, ConfHandle conf) {
  std::array<char, 512> why{};
  rd_kafka_t* client = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (client == nullptr) {
    return MakeStatus(Code::kInvalidArgument, fmt::format("no Kafka client: {}", why.data()));
  }
  (void)conf.release();  // rd_kafka_new took it
  return ClientHandle(client);
}

}  // namespace carillon::kafka

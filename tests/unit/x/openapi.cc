#include "tests/unit/x/openapi.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <absl/time/time.h>
#include <fmt/format.h>
#include <regex.h>

#include <algorithm>

namespace carillon::x::testing {
namespace {

using Json = platform::Json;

std::vector<std::string> Segments(const std::string& path) { return absl::StrSplit(path, '/'); }

bool IsParameter(const std::string& segment) { return segment.starts_with('{'); }

// How many segments fit as written; nothing where the path is another.
std::optional<int> Fit(const std::vector<std::string>& route, const std::vector<std::string>& path) {
  if (route.size() != path.size()) return std::nullopt;
  int written = 0;
  for (size_t i = 0; i < route.size(); ++i) {
    if (route[i] == path[i]) {
      ++written;
    } else if (!IsParameter(route[i])) {
      return std::nullopt;
    }
  }
  return written;
}

bool IsOfType(const std::string& type, const Json& value) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return type == "boolean" && value.is_boolean();
}

// The patterns of such files are POSIX extended ones too.
bool Fits(const std::string& pattern, const std::string& text) {
  regex_t regex;
  if (regcomp(&regex, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool fits = regexec(&regex, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&regex);
  return fits;
}

}  // namespace

const Json& OpenApi::Deref(const Json& json) const {
  if (!json.contains("$ref")) return json;
  return Deref(spec_.at(Json::json_pointer(json.at("$ref").get<std::string>().substr(1))));
}

std::optional<OpenApi::Operation> OpenApi::Find(const std::string& method, const std::string& path) const {
  const std::vector<std::string> segments = Segments(path);
  const std::string verb = absl::AsciiStrToLower(method);
  std::optional<Operation> out;
  int best = -1;
  for (const auto& [route, methods] : spec_.at("paths").items()) {
    const auto fit = Fit(Segments(route), segments);
    if (!fit || *fit <= best || !methods.contains(verb)) continue;
    best = *fit;
    out = Operation{methods.at(verb).at("operationId").get<std::string>(), &methods.at(verb)};
  }
  return out;
}

void OpenApi::CheckParameter(const Json& parameter, const std::string& value, Wrongs& out) const {
  const Json& schema = Deref(parameter.at("schema"));
  const std::string name = parameter.at("name").get<std::string>();
  if (schema.value("type", "") == "array") {
    const std::vector<std::string> items = absl::StrSplit(value, ',');
    Check(schema, Json(items), name, out);
    return;
  }
  int64_t number = 0;
  const bool is_number = schema.value("type", "") == "integer" && absl::SimpleAtoi(value, &number);
  Check(schema, is_number ? Json(number) : Json(value), name, out);
}

OpenApi::Wrongs OpenApi::CheckQuery(const Operation& operation, const http::FormFields& query) const {
  Wrongs out;
  const Json parameters = operation.json->value("parameters", Json::array());
  for (const auto& [name, value] : query) {
    const auto found = std::find_if(parameters.begin(), parameters.end(), [&, n = name](const Json& parameter) {
      return Deref(parameter).at("name") == n && Deref(parameter).at("in") == "query";
    });
    if (found == parameters.end()) {
      out.push_back("no parameter " + name);
    } else {
      CheckParameter(Deref(*found), value, out);
    }
  }
  for (const Json& parameter : parameters) {
    const Json& read = Deref(parameter);
    if (read.at("in") != "query" || !read.value("required", false)) continue;
    const bool given = std::any_of(query.begin(), query.end(),
                                   [&](const auto& field) { return field.first == read.at("name"); });
    if (!given) out.push_back("without the parameter " + read.at("name").get<std::string>());
  }
  return out;
}

OpenApi::Wrongs OpenApi::CheckBody(const Operation& operation, const std::string& content_type, const Json& body) const {
  Wrongs out;
  const Json::json_pointer at("/requestBody/content");
  if (!operation.json->contains(at) || !operation.json->at(at).contains(content_type)) {
    return {"takes no " + content_type};
  }
  Check(operation.json->at(at).at(content_type).at("schema"), body, "body", out);
  return out;
}

OpenApi::Wrongs OpenApi::CheckNoBody(const Operation& operation) const {
  const Json::json_pointer at("/requestBody/required");
  if (operation.json->contains(at) && operation.json->at(at) == true) return {"needs a body"};
  return {};
}

OpenApi::Wrongs OpenApi::CheckAnswer(const Operation& operation, int status, const Json& body) const {
  Wrongs out;
  const Json& responses = operation.json->at("responses");
  const std::string code = std::to_string(status);
  if (!responses.contains(code)) return {"never answers " + code};
  Check(responses.at(code).at("content").at("application/json").at("schema"), body, "answer", out);
  return out;
}

bool OpenApi::Describes(const std::string& schema, const std::string& member) const {
  return spec_.contains(Json::json_pointer("/components/schemas/" + schema + "/properties/" + member));
}

void OpenApi::CheckText(const Json& schema, const std::string& text, const std::string& where, Wrongs& out) const {
  if (schema.contains("pattern") && !Fits(schema.at("pattern").get<std::string>(), text)) {
    out.push_back(fmt::format("{} = '{}' is not like {}", where, text, schema.at("pattern").dump()));
  }
  if (text.size() < schema.value("minLength", size_t{0}) ||
      text.size() > schema.value("maxLength", std::string::npos)) {
    out.push_back(fmt::format("{} has {} characters", where, text.size()));
  }
  absl::Time time;
  std::string error;
  if (schema.value("format", "") == "date-time" && !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    out.push_back(fmt::format("{} = '{}' is no time", where, text));
  }
}

void OpenApi::CheckObject(const Json& schema, const Json& value, const std::string& where, Wrongs& out) const {
  for (const Json& name : schema.value("required", Json::array())) {
    if (!value.contains(name.get<std::string>())) out.push_back(where + " has no " + name.get<std::string>());
  }
  if (!schema.contains("properties") || schema.at("properties").empty()) return;
  for (const auto& [name, member] : value.items()) {
    if (schema.at("properties").contains(name)) {
      Check(schema.at("properties").at(name), member, where + "." + name, out);
    } else {
      out.push_back(fmt::format("{} has no member '{}'", where, name));
    }
  }
}

void OpenApi::Check(const Json& written, const Json& value, const std::string& where, Wrongs& out) const {
  const Json& schema = Deref(written);
  if (value.is_null() && schema.value("nullable", false)) return;
  for (const char* any : {"oneOf", "anyOf"}) {
    if (!schema.contains(any)) continue;
    const bool fits = std::any_of(schema.at(any).begin(), schema.at(any).end(), [&](const Json& one) {
      Wrongs wrong;
      Check(one, value, where, wrong);
      return wrong.empty();
    });
    if (!fits) out.push_back(where + " is none of what it may be: " + value.dump());
  }
  const std::string type = schema.value("type", "");
  if (!type.empty() && !IsOfType(type, value)) {
    out.push_back(fmt::format("{} is no {}: {}", where, type, value.dump()));
    return;
  }
  if (schema.contains("enum") && std::find(schema.at("enum").begin(), schema.at("enum").end(), value) == schema.at("enum").end()) {
    out.push_back(fmt::format("{} may not be {}", where, value.dump()));
  }
  if (value.is_number() && (value < schema.value("minimum", Json(-1e30)) || value > schema.value("maximum", Json(1e30)))) {
    out.push_back(fmt::format("{} = {} is out of range", where, value.dump()));
  }
  if (value.is_string()) CheckText(schema, value.get<std::string>(), where, out);
  if (value.is_object()) CheckObject(schema, value, where, out);
  if (!value.is_array()) return;
  if (value.size() < schema.value("minItems", size_t{0}) || value.size() > schema.value("maxItems", std::string::npos)) {
    out.push_back(fmt::format("{} has {} items", where, value.size()));
  }
  for (size_t i = 0; i < value.size() && schema.contains("items"); ++i) {
    Check(schema.at("items"), value[i], fmt::format("{}[{}]", where, i), out);
  }
}

}  // namespace carillon::x::testing

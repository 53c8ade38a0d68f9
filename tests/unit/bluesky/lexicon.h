// Requests judged by the protocol's lexicons (atproto.com/specs/lexicon), as $CARILLON_CONFORMANCE_DATA has them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "common/atproto_syntax/at_uri.h"
#include "common/atproto_syntax/datetime.h"
#include "common/atproto_syntax/identifiers.h"
#include "common/atproto_syntax/language.h"
#include "common/atproto_syntax/tid.h"
#include "common/bluesky_text/length.h"
#include "common/http/client.h"
#include "common/platform/json.h"

namespace carillon::bluesky::testing {

class Lexicons {
 public:
  using Json = platform::Json;

  explicit Lexicons(std::string folder) : folder_(std::move(folder)) {}

  // What is wrong with it; empty: nothing.
  std::vector<std::string> Judge(const http::HttpRequest& request) {
    wrong_.clear();
    const size_t begin = request.url.find("/xrpc/") + 6;
    const size_t mark = request.url.find('?');
    const std::string method = request.url.substr(begin, mark - begin);
    const Json& main = Definition(method + "#main");
    if (!main.is_object()) return wrong_;
    const std::string type = main.value("type", "");
    if (type != (request.method == "GET" ? "query" : "procedure")) Wrong(method, "is called by " + request.method);
    Json given = Json::object();
    if (mark != std::string::npos) given = Parameters(request.url.substr(mark + 1), main, method);
    Object(main.value("parameters", Json::object()), given, method, method);
    Body(main, request, method);
    return wrong_;
  }

 private:
  void Wrong(const std::string& where, const std::string& what) { wrong_.push_back(where + ": " + what); }

  const Json& Definition(const std::string& name) {
    const std::string id = name.substr(0, name.find('#'));
    auto found = files_.find(id);
    if (found == files_.end()) {
      std::string path = id;
      std::replace(path.begin(), path.end(), '.', '/');
      std::ifstream file(folder_ + "/" + path + ".json");
      found = files_.emplace(id, file ? Json::parse(file) : Json()).first;
    }
    const std::string part = name.find('#') == std::string::npos ? "main" : name.substr(name.find('#') + 1);
    const Json& out = platform::GetMember(platform::GetMember(found->second, "defs"), part.c_str());
    if (out.is_null()) Wrong(name, "there is no such lexicon");
    return out;
  }
  static std::string Absolute(const std::string& ref, const std::string& document) {
    return ref.starts_with('#') ? document.substr(0, document.find('#')) + ref : ref;
  }

  static std::string Decoded(const std::string& text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%') {
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        out += text[i] == '+' ? ' ' : text[i];
      }
    }
    return out;
  }
  Json Parameters(const std::string& query, const Json& main, const std::string& method) {
    Json out = Json::object();
    for (size_t at = 0; at < query.size();) {
      const size_t end = std::min(query.find('&', at), query.size());
      const size_t equals = query.find('=', at);
      const std::string name = query.substr(at, equals - at);
      const std::string text = Decoded(query.substr(equals + 1, end - equals - 1));
      const Json schema = main.value("parameters", Json::object()).value("properties", Json::object()).value(name, Json());
      if (schema.is_null()) Wrong(method, "has no parameter " + name);
      const std::string type = schema.is_object() ? schema.value("type", "") : "";
      if (type == "array") out[name].push_back(text);
      else if (type == "integer") out[name] = std::stoll(text);
      else if (type == "boolean") out[name] = text == "true";
      else out[name] = text;
      at = end + 1;
    }
    return out;
  }

  void Body(const Json& main, const http::HttpRequest& request, const std::string& method) {
    const bool has = !request.body.empty() || request.file.has_value();
    const Json input = main.value("input", Json());
    if (input.is_null()) {
      if (has || !request.content_type.empty()) Wrong(method, "takes no body");
      return;
    }
    const std::string encoding = input.at("encoding");
    if (request.content_type.empty() || (encoding != "*/*" && encoding != request.content_type)) {
      Wrong(method, "takes " + encoding + ", not '" + request.content_type + "'");
    }
    if (!input.contains("schema")) return;
    const auto body = platform::ParseJson(request.body);
    if (!body) return Wrong(method, "takes JSON");
    Object(input.at("schema"), *body, method, method);
  }

  void Value(const Json& schema, const Json& value, const std::string& document, const std::string& where) {
    if (!schema.is_object()) return;  // it was told that there is none
    const std::string type = schema.value("type", "");
    if (type == "object" || type == "params" || type == "record") {
      Object(type == "record" ? schema.at("record") : schema, value, document, where);
    } else if (type == "array") {
      Array(schema, value, document, where);
    } else if (type == "string") {
      Text(schema, value, where);
    } else if (type == "integer") {
      if (!value.is_number_integer()) return Wrong(where, "is no integer");
      if (value < schema.value("minimum", INT64_MIN) || value > schema.value("maximum", INT64_MAX)) {
        Wrong(where, value.dump() + " is out of range");
      }
    } else if (type == "boolean") {
      if (!value.is_boolean()) Wrong(where, "is not true or false");
    } else if (type == "ref") {
      const std::string name = Absolute(schema.at("ref"), document);
      Value(Definition(name), value, name, where);
    } else if (type == "union") {
      const std::string name = Absolute(platform::GetText(value, "$type"), document);
      for (const Json& ref : schema.at("refs")) {
        if (Absolute(ref, document) == name) return Value(Definition(name), value, name, where);
      }
      Wrong(where, "'" + name + "' is none of the union");
    } else if (type == "blob") {
      Blob(schema, value, where);
    } else if (type == "unknown") {
      const std::string name = platform::GetText(value, "$type");
      if (name.empty()) return Wrong(where, "has no $type");
      Value(Definition(name), value, name, where);
    } else {
      Wrong(where, "of a type that is not judged: " + type);
    }
  }

  void Object(const Json& schema, const Json& value, const std::string& document, const std::string& where) {
    if (!value.is_object()) return Wrong(where, "is no object");
    const Json properties = schema.value("properties", Json::object());
    const Json nullable = schema.value("nullable", Json::array());
    for (const Json& name : schema.value("required", Json::array())) {
      if (!value.contains(name.get<std::string>())) Wrong(where, "lacks " + name.get<std::string>());
    }
    for (const auto& [name, member] : value.items()) {
      if (name == "$type") continue;
      const std::string inside = where + "." + name;
      const bool may_be_null = std::find(nullable.begin(), nullable.end(), name) != nullable.end();
      if (!properties.contains(name)) Wrong(inside, "is not in the lexicon");
      else if (!member.is_null() || !may_be_null) Value(properties.at(name), member, document, inside);
    }
  }

  void Array(const Json& schema, const Json& value, const std::string& document, const std::string& where) {
    if (!value.is_array()) return Wrong(where, "is no array");
    if (static_cast<int64_t>(value.size()) > schema.value("maxLength", INT64_MAX)) Wrong(where, "is too long");
    for (const Json& item : value) Value(schema.at("items"), item, document, where + "[]");
  }

  void Text(const Json& schema, const Json& value, const std::string& where) {
    if (!value.is_string()) return Wrong(where, "is no text");
    const auto text = value.get<std::string>();
    const auto length = bluesky_text::Measure(text);
    if (length.bytes > schema.value("maxLength", INT64_MAX)) Wrong(where, "has too many bytes");
    if (length.graphemes > schema.value("maxGraphemes", INT64_MAX)) Wrong(where, "has too many graphemes");
    const Json known = schema.value("knownValues", Json::array());
    if (!known.empty() && std::find(known.begin(), known.end(), text) == known.end()) Wrong(where, "is not a known value");
    const std::string format = schema.value("format", "");
    if (!format.empty() && !HasFormat(format, text)) Wrong(where, fmt::format("'{}' is no {}", text, format));
  }

  static bool HasFormat(const std::string& format, const std::string& text) {
    using namespace atproto_syntax;
    if (format == "did") return IsDid(text);
    if (format == "handle") return IsHandle(text);
    if (format == "at-identifier") return IsAtIdentifier(text);
    if (format == "nsid") return IsNsid(text);
    if (format == "record-key") return IsRecordKey(text);
    if (format == "at-uri") return ParseAtUri(text).has_value();
    if (format == "datetime") return ParseDatetime(text).has_value();
    if (format == "language") return IsLanguage(text);
    if (format == "tid") return ParseTid(text).has_value();
    if (format == "uri") return text.find("://") != std::string::npos && text.find(' ') == std::string::npos;
    if (format == "cid") return text.starts_with("baf");
    return false;
  }

  void Blob(const Json& schema, const Json& value, const std::string& where) {
    const std::string type = platform::GetText(value, "mimeType");
    const bool shaped = platform::GetText(value, "$type") == "blob" && platform::GetMember(value, "size").is_number() &&
                        platform::GetText(platform::GetMember(value, "ref"), "$link").starts_with("baf");
    if (!shaped) return Wrong(where, "is no blob: " + value.dump());
    if (platform::GetInteger(value, "size") > schema.value("maxSize", INT64_MAX)) Wrong(where, "is too large");
    bool accepted = !schema.contains("accept");
    for (const Json& accept : schema.value("accept", Json::array())) {
      const auto pattern = accept.get<std::string>();
      accepted = accepted || pattern == type ||
                 (pattern.ends_with("/*") && type.starts_with(pattern.substr(0, pattern.size() - 1)));
    }
    if (!accepted) Wrong(where, type + " is not accepted");
  }

  const std::string folder_;
  std::map<std::string, Json> files_;
  std::vector<std::string> wrong_;
};

}  // namespace carillon::bluesky::testing

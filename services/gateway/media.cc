#include "services/gateway/media.h"

#include <algorithm>
#include <charconv>

#include "services/gateway/answers.h"

namespace carillon::gateway {
namespace {

// Proxies and fetchers may keep it so long, and never longer than the URL is good.
constexpr absl::Duration kCacheMax = absl::Hours(1);

class ReaderSource : public http::BodySource {
 public:
  ReaderSource(std::unique_ptr<media_store::MediaReader> reader, int64_t size) : reader_(std::move(reader)), size_(size) {}
  int64_t size() const override { return size_; }
  Result<size_t> Read(char* buffer, size_t size) override { return reader_->Read(buffer, size); }

 private:
  const std::unique_ptr<media_store::MediaReader> reader_;
  const int64_t size_;
};

// -1: no number.
int64_t Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() && text[0] != '-' ? value : -1;
}

http::ServerResponse Serve(media_store::MediaStore& store, const media_store::MediaUrls& urls,
                           const http::ServerRequest& request, const std::string& sha256) {
  const std::string expires = request.Query("expires");
  if (!urls.Check(sha256, expires, request.Query("signature")).ok()) return ErrorAnswer(403, "BAD_MEDIA_URL");
  const auto file = store.Find(sha256);
  if (!file.ok()) return ErrorAnswer(ReasonOf(file.status()).empty() ? 503 : 404, "UNKNOWN_MEDIA");
  const std::string tag = "\"" + sha256 + "\"";
  http::ServerResponse response;
  response.content_type = file->mime_type.empty() ? "application/octet-stream" : file->mime_type;
  const int64_t cached_s = absl::ToInt64Seconds(std::min(kCacheMax, urls.Left(expires)));
  response.headers = {{"Accept-Ranges", "bytes"},
                      {"ETag", tag},
                      {"Cache-Control", fmt::format("private, max-age={}", cached_s)}};
  if (request.Header("If-None-Match") == tag) {
    response.status = 304;
    return response;
  }
  ByteRange range{0, file->size_bytes - 1};
  bool unsatisfiable = false;
  const std::string if_range = request.Header("If-Range");
  const auto wanted = if_range.empty() || if_range == tag
                          ? ReadRange(request.Header("Range"), file->size_bytes, &unsatisfiable)
                          : std::nullopt;
  if (unsatisfiable) {
    response.status = 416;
    response.headers.emplace_back("Content-Range", fmt::format("bytes */{}", file->size_bytes));
    return response;
  }
  if (wanted) {
    range = *wanted;
    response.status = 206;
    response.headers.emplace_back("Content-Range",
                                  fmt::format("bytes {}-{}/{}", range.first, range.last, file->size_bytes));
  }
  const int64_t size = range.last - range.first + 1;
  auto reader = store.Open(sha256, range.first, size);
  if (!reader.ok()) return ErrorAnswer(503, "UNKNOWN_MEDIA");
  response.source = std::make_shared<ReaderSource>(*std::move(reader), size);
  return response;
}

}  // namespace

std::optional<ByteRange> ReadRange(std::string_view header, int64_t size, bool* unsatisfiable) {
  constexpr std::string_view kUnit = "bytes=";
  *unsatisfiable = false;
  if (!header.starts_with(kUnit) || header.find(',') != std::string_view::npos) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const int64_t first = Number(header.substr(0, dash)), last = Number(header.substr(dash + 1));
  const bool open_end = dash + 1 == header.size();
  if (dash == 0) {  // the last so many bytes
    if (last < 0) return std::nullopt;
    *unsatisfiable = last == 0 || size == 0;
    return ByteRange{std::max<int64_t>(0, size - last), size - 1};
  }
  if (first < 0 || (!open_end && last < first)) return std::nullopt;
  *unsatisfiable = first >= size;
  return ByteRange{first, open_end ? size - 1 : std::min(last, size - 1)};
}

void AddMedia(const AddRoute& add, media_store::MediaStore& store, const media_store::MediaUrls& urls) {
  for (const char* route : {"GET /media/:sha256", "HEAD /media/:sha256"}) {
    add(route, "media", [&](const http::ServerRequest& request, const http::PathParams& params) {
      return Serve(store, urls, request, params.find("sha256")->second);
    });
  }
}

}  // namespace carillon::gateway

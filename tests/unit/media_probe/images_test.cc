#include <zlib.h>

#include "tests/unit/media_probe/sample_files.h"

namespace carillon::media_probe {
namespace {

std::string BigEndian(uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

std::string PngChunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return BigEndian(static_cast<uint32_t>(data.size())) + body + BigEndian(static_cast<uint32_t>(crc));
}

// EXIF as cameras write it: turned by 90 degrees, made at 48 degrees and 8 minutes north.
std::string Exif() {
  const auto bytes = [](std::initializer_list<int> values) { return std::string(values.begin(), values.end()); };
  return std::string("II*\0", 4) + bytes({8, 0, 0, 0}) +
         bytes({2, 0}) +                                                    // two fields:
         bytes({0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0}) +                // Orientation: 6
         bytes({0x25, -0x78, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0}) +              // where the GPS fields are
         bytes({0, 0, 0, 0}) + bytes({2, 0}) +
         bytes({1, 0, 2, 0, 2, 0, 0, 0, 'N', 0, 0, 0}) +                    // GPSLatitudeRef
         bytes({2, 0, 5, 0, 3, 0, 0, 0, 68, 0, 0, 0}) + bytes({0, 0, 0, 0}) +  // GPSLatitude
         bytes({48, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0});
}

std::string WithExif(const std::string& jpeg) {
  const std::string data = std::string("Exif\0\0", 6) + Exif();
  const auto size = static_cast<int>(data.size() + 2);
  return jpeg.substr(0, 2) + "\xFF\xE1" + static_cast<char>(size >> 8) + static_cast<char>(size) + data + jpeg.substr(2);
}

class ImagesTest : public SampleTest {};

TEST_F(ImagesTest, FactsOfEachKind) {
  auto facts = Probe(samples_.path() + "/a.png", Picture("a.png").empty() ? "" : "image/png");
  ASSERT_TRUE(facts.ok()) << ToString(facts.status());
  EXPECT_EQ(facts->width, 64);
  EXPECT_EQ(facts->height, 48);
  EXPECT_EQ(facts->frames, 1);
  EXPECT_FALSE(facts->is_private);
  facts = ProbeBytes(Picture("a.jpg"), "image/jpeg");
  ASSERT_TRUE(facts.ok()) << ToString(facts.status());
  EXPECT_FALSE(facts->is_private);
  facts = ProbeBytes(Moving("a.gif"), "image/gif");
  ASSERT_TRUE(facts.ok()) << ToString(facts.status());
  EXPECT_EQ(facts->frames, 5);
  EXPECT_EQ(facts->height, 48);
  facts = ProbeBytes(Moving("a.webp"), "image/webp");
  ASSERT_TRUE(facts.ok()) << ToString(facts.status());
  EXPECT_EQ(facts->frames, 5);
  EXPECT_FALSE(facts->is_private);
}

TEST_F(ImagesTest, LocationAndAllElseGoesAndTheTurningIsDone) {
  const std::string jpeg = WithExif(Picture("a.jpg"));
  const auto facts = Probe(Write("camera.jpg", jpeg), "image/jpeg");
  ASSERT_TRUE(facts.ok()) << ToString(facts.status());
  EXPECT_EQ(facts->width, 48) << "as it is shown";
  EXPECT_EQ(facts->height, 64);
  const auto clean = Clean(samples_.path() + "/camera.jpg", "image/jpeg");
  ASSERT_TRUE(clean.ok()) << ToString(clean.status());
  EXPECT_EQ(clean->find("Exif"), std::string::npos);
  EXPECT_EQ(*Clean(samples_.path() + "/camera.jpg", "image/jpeg"), *clean) << "the same again is the same bytes";
}

TEST_F(ImagesTest, TextsInPngAndXmpInGifAreFound) {
  const std::string png = Picture("a.png");
  const size_t after_header = 8 + 25;
  const std::string text = png.substr(0, after_header) +
                           PngChunk("tEXt", std::string("Location\0", 9) + "48.1 N") + png.substr(after_header);
  auto clean = Clean(Write("text.png", text), "image/png");
  ASSERT_TRUE(clean.ok()) << ToString(clean.status());
  EXPECT_EQ(clean->find("48.1 N"), std::string::npos);
  const std::string gif = Moving("a.gif");
  const size_t screen = 13 + 3 * 256;  // the header and a table of 256 colours
  ASSERT_EQ(static_cast<unsigned char>(gif[10]) & 0x87, 0x87);
  const std::string packet = "<x:xmpmeta>48.1 N</x:xmpmeta>";
  const std::string extension = std::string("\x21\xFF\x0B", 3) + "XMP DataXMP" + static_cast<char>(packet.size()) +
                                packet + std::string(1, '\0');
  clean = Clean(Write("xmp.gif", gif.substr(0, screen) + extension + gif.substr(screen)), "image/gif");
  ASSERT_TRUE(clean.ok()) << ToString(clean.status());
  EXPECT_EQ(clean->find("48.1 N"), std::string::npos);
}

TEST_F(ImagesTest, WhatIsCutOrAnotherKindIsBadMedia) {
  const std::string jpeg = Picture("a.jpg");
  EXPECT_EQ(ReasonOf(ProbeBytes(jpeg.substr(0, jpeg.size() / 2), "image/jpeg").status()), "BAD_MEDIA");
  const std::string png = Picture("a.png");
  EXPECT_EQ(ReasonOf(ProbeBytes(png.substr(0, png.size() / 2), "image/png").status()), "BAD_MEDIA");
  EXPECT_EQ(ReasonOf(ProbeBytes(png.substr(0, 12), "image/png").status()), "BAD_MEDIA");
  EXPECT_EQ(ReasonOf(ProbeBytes("\x89PNG\r\n\x1A\nrest of a picture", "image/png").status()), "BAD_MEDIA");
  // A PNG behind the first bytes of a JPEG, so to say: what was sniffed is held against what is decoded.
  EXPECT_EQ(ReasonOf(ProbeBytes(png, "image/jpeg").status()), "BAD_MEDIA");
  EXPECT_EQ(ReasonOf(ProbeBytes("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/png").status()), "BAD_MEDIA");
  EXPECT_EQ(ReasonOf(ProbeBytes(png, "image/tiff").status()), "BAD_MEDIA");
}

TEST_F(ImagesTest, ABombIsRefusedByItsHeader) {
  const std::string png = Picture("a.png");
  const std::string header = BigEndian(50'000) + BigEndian(50'000) + png.substr(24, 5);
  const auto bomb = ProbeBytes(png.substr(0, 8) + PngChunk("IHDR", header) + png.substr(33), "image/png");
  EXPECT_EQ(ReasonOf(bomb.status()), "MEDIA_TOO_COMPLEX") << ToString(bomb.status());
  limits_.pixels_max = 64 * 48 - 1;
  EXPECT_EQ(ReasonOf(MakeMediaProbe(limits_)->Probe(Write("a.png", png), "image/png", work_.path()).status()),
            "MEDIA_TOO_COMPLEX");
  limits_.pixels_max = 64 * 48;
  limits_.all_pixels_max = 64 * 48 * 4;
  Moving("a.gif");
  EXPECT_EQ(ReasonOf(MakeMediaProbe(limits_)->Probe(samples_.path() + "/a.gif", "image/gif", work_.path()).status()),
            "MEDIA_TOO_COMPLEX");
}

TEST_F(ImagesTest, MissingProgramsAreSaid) {
  EXPECT_EQ(MakeMediaProbe({}, "/nowhere")->Check().code(), Code::kFailedPrecondition);
}

}  // namespace
}  // namespace carillon::media_probe

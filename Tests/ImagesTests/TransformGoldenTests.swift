import Foundation
import Images
import TestEnvironment
import Testing

/// Compares transforms with fastai's and Pillow's. See `fixtures/vision/make_transform_goldens.py`.
struct TransformGoldenTests {
  struct Goldens: Decodable {
    let geometry: [GeometryCase]
    let lighting: [LightingCase]
    let resized: [ResizedCase]
    let cropped: [CroppedCase]
  }

  struct GeometryCase: Decodable {
    struct Drawn: Decodable {
      let mirrored: Bool?
      let angle: Double?
      let zoom: Double?
      let centre: [Double]?
      let tilt: [Double]?
    }
    let height: Int
    let width: Int
    let target: [Int]
    let geometry: Drawn
    let output: [Double]
    let points: [Double]
  }

  struct LightingCase: Decodable {
    let height: Int
    let width: Int
    let level: Double
    let contrast: Float
    let output: [Double]
  }

  struct ResizedCase: Decodable {
    let height: Int
    let width: Int
    let target: [Int]
    let method: String
    let output: [Double]
  }

  struct CroppedCase: Decodable {
    let height: Int
    let width: Int
    let target: Int
    let share: Double
    let interpolation: String
    let output: [Double]
  }

  let goldens: Goldens

  init() throws {
    goldens = try JSONDecoder().decode(
      Goldens.self,
      from: Data(contentsOf: URL(fileURLWithPath: ProjectFolder.fixture("vision/transforms.json"))))
  }

  /// Returns the script's image, converted from planar to interleaved.
  private func image(_ height: Int, _ width: Int, asBytes: Bool = false) -> Image {
    let planes = hashedNumbers(3 * height * width, seed: 1).map { ($0 + 1) / 2 }
    let numbers = (0..<height * width * 3).map { planes[$0 % 3 * height * width + $0 / 3] }
    return Image(
      width: width, height: height, channels: 3,
      samples: asBytes
        ? .uint8(numbers.map { UInt8(($0 * 255).rounded(.toNearestOrEven)) })
        : .float32(numbers))
  }

  private func difference(_ output: [Float], _ expected: [Double]) -> Double {
    guard output.count == expected.count else { return .infinity }
    return zip(output, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
  }

  @Test func geometryAgreesWithFastai() {
    #expect(goldens.geometry.count == 7)
    for golden in goldens.geometry {
      var geometry = Geometry()
      geometry.isMirrored = golden.geometry.mirrored ?? false
      geometry.angle = golden.geometry.angle ?? 0
      geometry.zoom = golden.geometry.zoom ?? 1
      if let centre = golden.geometry.centre { geometry.centre = SIMD2(centre[0], centre[1]) }
      if let tilt = golden.geometry.tilt { geometry.tilt = SIMD2(tilt[0], tilt[1]) }
      let image = image(golden.height, golden.width)
      var augmentation = DrawnAugmentation()
      augmentation.map = geometry.map(aspect: Double(golden.width) / Double(golden.height))
      let output = transformed(
        image, augmentation, to: ImageSize(width: golden.target[1], height: golden.target[0]))
      #expect(difference(output, golden.output) < 2e-5, "\(golden.geometry)")

      let back = augmentation.map.inverse
      let points = [(-1, -1), (-0.5, 0.25), (0, 0), (0.75, -0.5), (1, 1)].flatMap {
        let moved = back(SIMD2($0.0, $0.1))
        return [Float(moved.x), Float(moved.y)]
      }
      #expect(difference(points, golden.points) < 1e-5, "\(golden.geometry)")
    }
  }

  @Test func lightingAgreesWithFastai() {
    #expect(goldens.lighting.count == 3)
    for golden in goldens.lighting {
      let image = image(golden.height, golden.width)
      var augmentation = DrawnAugmentation()
      augmentation.lighting.brightness = Float(log(golden.level / (1 - golden.level)))
      augmentation.lighting.contrast = golden.contrast
      #expect(difference(transformed(image, augmentation, to: image.size), golden.output) < 2e-6)
    }
  }

  /// Pillow rounds to bytes after each direction; Latent keeps full precision.
  @Test func framesAgreeWithFastai() throws {
    #expect(goldens.resized.count == 5)
    for golden in goldens.resized {
      let framing = try #require(
        ["crop": Framing.crop, "squish": .squish, "pad": .pad][golden.method])
      let target = ImageSize(width: golden.target[1], height: golden.target[0])
      let image = image(golden.height, golden.width, asBytes: true)
      var transform = ImageTransform(size: target)
      transform.framing = framing
      let output = transformed(image, by: transform, transform.fixed(for: image.size))
      #expect(difference(output.map { $0 * 255 }, golden.output) < 1.01, "\(golden.method)")
    }
  }

  /// Crops by torchvision of images resized by Pillow, as timm evaluates. Pixels beside the crop contribute to its
  /// edges, and bicubic results outside the byte range are clamped. Negative weights amplify Pillow's rounding.
  @Test func partsThatAreCutOutAgreeWithTorchvision() throws {
    #expect(goldens.cropped.count == 5)
    for golden in goldens.cropped {
      let image = image(golden.height, golden.width, asBytes: true)
      var transform = ImageTransform(size: ImageSize(golden.target))
      transform.framing = .centerCrop(share: golden.share)
      let interpolation = try #require(Interpolation(rawValue: golden.interpolation))
      transform.interpolation = interpolation
      let output = transformed(image, by: transform, transform.fixed(for: image.size))
      #expect(
        difference(output.map { $0 * 255 }, golden.output) < 1.5,
        "\(golden.height) x \(golden.width), \(golden.interpolation)")
    }
  }
}

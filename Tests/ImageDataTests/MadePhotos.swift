import Foundation
import Images
import TestEnvironment

/// Synthetic images as different from each other as photos: a few waves of random direction, length and colour.
enum MadePhotos {
  static func photo(_ seed: UInt64, width: Int = 96, height: Int = 64) -> Image {
    var random = SplitMix64(seed: seed)
    let waves = (0..<6).map { _ in
      (
        x: Double.random(in: -9...9, using: &random), y: Double.random(in: -9...9, using: &random),
        phase: Double.random(in: 0...6, using: &random),
        color: (0..<3).map { _ in Double.random(in: -30...30, using: &random) }
      )
    }
    var samples: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let values = waves.map { wave in
          cos(wave.x * Double(x) / Double(width) + wave.y * Double(y) / Double(height) + wave.phase)
        }
        for channel in 0..<3 {
          let sum = zip(waves, values).reduce(128) { $0 + $1.0.color[channel] * $1.1 }
          samples.append(UInt8(max(0, min(255, sum))))
        }
      }
    }
    return Image(width: width, height: height, channels: 3, samples: .uint8(samples))
  }

  /// Returns a uniform image with a little noise.
  static func blank(_ color: UInt8, width: Int = 96, height: Int = 64) -> Image {
    var random = SplitMix64(seed: UInt64(color))
    let samples = (0..<width * height * 3).map { _ in
      color + UInt8.random(in: 0...2, using: &random)
    }
    return Image(width: width, height: height, channels: 3, samples: .uint8(samples))
  }
}

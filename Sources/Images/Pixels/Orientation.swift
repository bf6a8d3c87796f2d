/// The orientation of an image in its file: the tag Orientation of TIFF 6.0 and EXIF, 1 to 8. It says where the
/// file's first row and column belong in the displayed image.
enum Orientation: UInt16, CaseIterable {
  case upright = 1
  case mirrored, turned180, flipped, transposed, turnedRight, transversed, turnedLeft

  /// Whether rows become columns.
  var swapsSides: Bool { rawValue >= 5 }

  /// Returns the index, in a file of `width` times `height` pixels, of the displayed top left pixel, and the steps
  /// from a pixel to its displayed right and lower neighbours.
  func steps(width: Int, height: Int) -> (origin: Int, right: Int, down: Int) {
    let (topRight, bottomLeft, last) = (width - 1, (height - 1) * width, width * height - 1)
    return switch self {
    case .upright: (0, 1, width)
    case .mirrored: (topRight, -1, width)
    case .turned180: (last, -1, -width)
    case .flipped: (bottomLeft, 1, -width)
    case .transposed: (0, width, 1)
    case .turnedRight: (bottomLeft, -width, 1)
    case .transversed: (last, -width, -1)
    case .turnedLeft: (topRight, width, -1)
    }
  }
}

extension Image {
  /// Returns the image upright, given its `orientation` in the file.
  func shown(_ orientation: Orientation) -> Image {
    guard orientation != .upright else { return self }
    let (width, height) = orientation.swapsSides ? (height, width) : (width, height)
    let samples: Samples =
      switch self.samples {
      case .uint8(let samples): .uint8(shown(orientation, samples))
      case .float32(let samples): .float32(shown(orientation, samples))
      }
    return Image(width: width, height: height, channels: channels, samples: samples)
  }

  private func shown<Sample>(_ orientation: Orientation, _ samples: [Sample]) -> [Sample] {
    let steps = orientation.steps(width: width, height: height)
    let (columns, rows) = orientation.swapsSides ? (height, width) : (width, height)
    var shown: [Sample] = []
    shown.reserveCapacity(samples.count)
    for row in 0..<rows {
      var pixel = steps.origin + row * steps.down
      for _ in 0..<columns {
        for channel in 0..<channels { shown.append(samples[pixel * channels + channel]) }
        pixel += steps.right
      }
    }
    return shown
  }
}

import Errors

extension Image {
  /// Whether a model of so many channels can read the image: grey for colour, as three alike, colour for grey
  /// by its brightness, any number for itself.
  package func fits(channels: Int) -> Bool {
    self.channels == channels || self.channels == 1 || (self.channels == 3 && channels == 1)
  }

  /// Throws `unsupported` unless a model of so many channels can read the image, which is called `name`.
  package func check(fits channels: Int, named name: String) throws(ImageError) {
    guard fits(channels: channels) else {
      throw mismatch(name, "Say which to use by their numbers, or leave it out.")
    }
  }

  /// The image, which is called `name`, of some of its channels, in the order given, or of all for nil. Throws `unsupported` when
  /// one is not there.
  package func keeping(channels kept: [Int]?, named name: String) throws(ImageError) -> Image {
    guard let kept else { return self }
    guard let last = kept.max(), last < channels else {
      throw mismatch(name, "Name channels from 0 to \(channels - 1).")
    }
    return keeping(channels: kept)
  }

  private func mismatch(_ name: String, _ remedy: String) -> ImageError {
    ImageError(.unsupported, "the image has \(channels) channels", place: name, remedy: remedy)
  }

  /// The image of some of its channels, in the order given. Traps when one is not there, or none is named.
  package func keeping(channels kept: [Int]) -> Image {
    precondition(kept.allSatisfy { $0 >= 0 && $0 < channels }, "no such channel")
    func pick<Sample>(_ samples: [Sample]) -> [Sample] {
      var picked: [Sample] = []
      picked.reserveCapacity(width * height * kept.count)
      for pixel in 0..<width * height {
        for channel in kept { picked.append(samples[pixel * channels + channel]) }
      }
      return picked
    }
    let samples: Samples =
      switch self.samples {
      case .uint8(let samples): .uint8(pick(samples))
      case .float32(let samples): .float32(pick(samples))
      }
    return Image(width: width, height: height, channels: kept.count, samples: samples)
  }
}

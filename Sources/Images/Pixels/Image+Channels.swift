import Errors

extension Image {
  /// Returns whether a model of `channels` channels can read the image. Grey fits colour, replicated to three
  /// channels; colour fits grey by its luma; any number fits itself.
  package func fits(channels: Int) -> Bool {
    self.channels == channels || self.channels == 1 || (self.channels == 3 && channels == 1)
  }

  /// Throws `unsupported` unless a model of `channels` channels can read the image, which is called `name`.
  package func check(fits channels: Int, named name: String) throws(ImageError) {
    guard fits(channels: channels) else {
      throw mismatch(name, "Select channels by number, or exclude it.")
    }
  }

  /// Returns the image, which is called `name`, with some of its channels, in the order given; nil keeps all. Throws
  /// `unsupported` if a channel does not exist.
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

  /// Returns the image with some of its channels, in the order given. Traps if a channel does not exist, or none is
  /// given.
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

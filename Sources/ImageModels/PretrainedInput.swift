package import Images
package import ModelRegistry

/// How the images were made that a file of weights has learned from: what a training from them takes over, for the
/// body to see images as it knows them.
package struct PretrainedInput: Hashable, Sendable {
  /// What the network saw, as timm's `input_size` has it; nil where nothing says so.
  package let size: ImageSize?
  /// The share of an image's shorter side that it saw, timm's `crop_pct`; nil where nothing says so.
  package let cropShare: Double?
  /// nil where nothing says so.
  package let interpolation: Interpolation?
  /// timm's description, where there is one that says anything.
  package let configurationPath: String?
  private let normalising: Normalising

  private enum Normalising: Hashable {
    /// nil for not at all.
    case stated(Normalization?)
    case unstated
  }

  /// As a model of Latent's says; as timm's `config.json` says, beside a file that is called `model.safetensors` as
  /// there; else nothing is known but that most weights are ImageNet's.
  ///
  /// A model of Latent's says nothing of the size, since its own was chosen for the images that it was trained on.
  /// Throws ``ModelFileErrorCode/badContents`` for a description that can't be, of either.
  package init(of file: SafetensorsFile) throws(ModelFileError) {
    guard file.metadata[ModelForm.metadataKey] == nil else {
      let input = try ImageModel(file).description.input
      (size, configurationPath) = (nil, nil)
      cropShare = if case .centerCrop(let share) = input.framing { share } else { nil }
      interpolation = input.interpolation
      normalising = .stated(input.normalization)
      return
    }
    let configuration = try PretrainedConfiguration(of: file.path)
    size = configuration?.size
    cropShare = configuration?.cropShare
    interpolation = configuration?.interpolation
    configurationPath = configuration?.path
    normalising = configuration?.normalization.map { .stated($0) } ?? .unstated
  }

  /// How images of so many channels must be normalised: as is stated; else as ImageNet's are where there are three
  /// channels. nil for not at all.
  package func normalization(channels: Int) -> Normalization? {
    switch normalising {
    case .stated(let own): own?.mean.count == channels ? own : nil
    case .unstated: channels == 3 ? .imageNet : nil
    }
  }

  /// Whether means and deviations of so many channels are stated, and not those that are usual.
  package func statesNormalization(channels: Int) -> Bool {
    if case .stated(let own?) = normalising { own.mean.count == channels } else { false }
  }
}

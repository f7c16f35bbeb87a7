"""A run of Stable Video Diffusion: condition on the photo, denoise, decode, each stage with its own networks only.

The networks are never needed together, and each is dropped before the next is loaded: at 16 bits CLIP has 1.3 GB of
weights, the encoder 0.07 GB, the UNet 3.1 GB, the decoder 0.13 GB.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from videoai.engines.devices import NAMES, Device, best_device
from videoai.engines.kept import KeptNetworks, Network
from videoai.engines.svd import clip, tiny_decoder, unet, vae
from videoai.engines.svd.conditioning import added_time_ids, clip_image, vae_image
from videoai.engines.svd.deep_features import Branch, ReusingUNet
from videoai.engines.svd.guidance import TRY_OTHERS, GuidedDenoiser, Interval, linear_guidance
from videoai.engines.svd.noise import PHOTO, gaussian, initial_latents, step_noise
from videoai.engines.svd.packing import packer
from videoai.engines.svd.plan import SVDPlan
from videoai.engines.svd.preview import preview, previewer
from videoai.engines.svd.reuse import can_begin_at
from videoai.engines.svd.sampler import SAMPLERS, State
from videoai.engines.svd.schedule import sigmas_for
from videoai.engines.svd.state import Origin, from_checkpoint, has_fewer_bits, has_other_numbers, to_checkpoint
from videoai.engines.svd.weights import Pack
from videoai.engines.svd.whole_model import check_weights, laid_out
from videoai.errors import ModelDamaged, ModelMissing, NotFinite
from videoai.events import Checkpoint, Event, Frame, Notice, Pixels, Preview, Stage, Step
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles


@dataclass(frozen=True, slots=True)
class Generation:
    """What a run is made with. `files` are those of the three networks.

    Frames that the plan lets wait in files do so in `scratch`, a folder; the system's own for such things if None.
    `networks` has those of an earlier run, and keeps some for the next.
    """

    files: ModelFiles
    device: Device = field(default_factory=best_device)
    plan: SVDPlan = field(default_factory=SVDPlan)
    scratch: Path | None = None
    networks: KeptNetworks = field(default_factory=KeptNetworks)

    def run(self, photo: Pixels, settings: GenerationSettings, resume: Checkpoint | None = None) -> Iterator[Event]:
        """See videoai.engines.base.Engine.run.

        Raises ModelMissing, ModelDamaged, NotFinite, and CheckpointUnusable if `resume` is of another video.
        """
        laid_out(self.files)  # what is wrong with the decoder is said before an hour of denoising
        if settings.decoder == "tiny" and self.files.tiny_decoder is not None:
            tiny_decoder.check(self.files.tiny_decoder.weights)
        run = _Run(self, photo, settings)
        if resume is not None:
            run.state = from_checkpoint(resume, settings, run.origin)
            if has_fewer_bits(resume, run.origin):
                yield Notice(_less_exact(run.origin.bits), important=True)
            if has_other_numbers(resume, run.origin):
                yield Notice(_other_numbers(run.origin.compute), important=True)
        if run.state.step < settings.steps:
            yield from run.with_float32_fallback(run.condition, "image_encoder", "vae")
            yield from run.with_float32_fallback(run.denoise, "unet")
        yield from run.with_float32_fallback(run.decode, *(() if settings.decoder == "tiny" else ("vae",)))

    def late_start(self, photo: Pixels, settings: GenerationSettings, step: int) -> Checkpoint:
        """What a run goes on from after so many steps, though none were done: noise of that level, and no more."""
        run = _Run(self, photo, settings)
        latents = initial_latents(settings.seed, run.shape, float(run.sigmas[step]))
        return to_checkpoint(State(step, latents, latents), settings, run.origin)


class _Run:
    """One video in the making: what each stage leaves for the next.

    As a decorator, inference mode is left at every yield: the caller's own code never runs in it.
    """

    def __init__(self, setup: Generation, photo: Pixels, settings: GenerationSettings) -> None:
        self.setup, self.photo, self.settings = setup, photo, settings
        self.sigmas = sigmas_for(settings.scheduler, settings.sigmas, settings.steps)
        self.shape = (settings.frames, 4, settings.height // 8, settings.width // 8)
        self.state = State(0, initial_latents(settings.seed, self.shape, float(self.sigmas[0])))
        self.image_embedding = torch.empty(0)
        self.image_latents = torch.empty(0)
        self.frames_done = 0
        self.device = setup.device.computing_in(setup.plan.compute)
        self.origin = Origin.of(photo, setup.files, setup.plan.bits, NAMES[self.device.dtype])

    def with_float32_fallback(self, stage: Callable[[Device], Iterator[Event]], *parts: str) -> Iterator[Event]:
        """Run a stage, of the networks `parts`; if its numbers overflow in half precision, go on in full precision.

        A black video from a run of many minutes is the worst end there is. Raises NotFinite if the stage
        overflows even so, and ModelDamaged if a weight is what overflows: no precision helps there.
        """
        device = self.device
        try:
            yield from stage(device)
            device.free()
            return
        except NotFinite:
            for part in parts:
                check_weights(self.setup.files.of(part), part, self.setup.plan.bits)
            if device.dtype == torch.float32:
                raise
        self.setup.networks.clear()  # in full precision they take more than was planned
        device.free()  # not while the error is being handled: it keeps the network of its frames
        yield Notice(say("The numbers overflowed in half precision; this stage continues in full precision."))
        yield from stage(replace(device, dtype=torch.float32))
        device.free()

    @torch.inference_mode()
    def condition(self, device: Device) -> Iterator[Event]:
        """The photo as the image token, (1, 1024), and as latents, (4, h, w), both float32."""
        yield Stage("condition", 2)
        with self._network("image_encoder", device, partial(self._image_encoder, device)) as image_encoder:
            token = image_encoder(clip_image(self.photo)).float()
            _check_finite(token, say("the photo's description"))
            self.image_embedding = token
        del image_encoder
        device.free()
        yield Step(1)

        with self._network("vae_encoder", device, partial(self._vae_encoder, device)) as encoder:
            height, width, _ = self.photo.shape
            noise = gaussian(self.settings.seed, PHOTO, (1, 3, height, width))
            latents = encoder(vae_image(self.photo, self.settings.noise_aug, noise))[0]
            _check_finite(latents, say("the photo's latents"))
            self.image_latents = latents
        yield Step(2)

    @torch.inference_mode()
    def denoise(self, device: Device) -> Iterator[Event]:
        """From the state there is to the last one, a checkpoint after each step that a run can go on from."""
        yield Stage("load", 1)
        with self._network("unet", device, partial(self._unet, device)) as whole:
            whole.chunks = self.setup.plan.unet
            yield from self._denoised(self._denoiser(whole, device), device)

    def _denoised(self, denoiser: GuidedDenoiser[Branch], device: Device) -> Iterator[Event]:
        show: Callable[[Tensor], Pixels] = preview
        try:
            show = previewer(self.setup.files, self.settings, self.setup.plan, device)
        except (ModelDamaged, ModelMissing) as error:  # nobody should miss a video for want of its previews
            yield Notice(say("{trouble} The previews are rough without it.", trouble=error.message))
        yield Step(1)
        yield Stage("denoise", self.settings.steps)
        sampler = SAMPLERS[self.settings.scheduler]
        start = State(
            self.state.step,
            self.state.latents.to(device.name),
            None if self.state.denoised is None else self.state.denoised.to(device.name),
        )
        for state in sampler(denoiser, start, self.sigmas, self._step_noise):
            self.state = state
            yield Step(state.step)
            if state.denoised is not None:
                yield Preview(show(state.denoised))
            if can_begin_at(state.step, reuse=self.settings.reuse, steps=self.settings.steps):
                yield to_checkpoint(state, self.settings, self.origin)

    def _network(self, name: str, device: Device, load: Callable[[], Network]) -> AbstractContextManager[Network]:
        """That of an earlier run, if these very weights are kept in the same way, or a new one."""
        key = (self.origin.weights, device, self.setup.plan.bits, self.setup.plan.streamed)
        return self.setup.networks.network(name, key, load)

    def _packer(self, part: str) -> Pack | None:
        """What gives a network the bits of the plan, as a converted file has them."""
        bits = self.setup.plan.bits
        return None if bits is None else packer(part, bits, self.setup.files.of(part).weights)

    def _step_noise(self, step: int) -> Tensor:
        return step_noise(self.settings.seed, step, self.shape)

    def _image_encoder(self, device: Device) -> clip.CLIPVision:
        return clip.load(
            self.setup.files.image_encoder,
            device=device.name,
            dtype=device.dtype,
            storage_dtype=_kept_half(device),
            pack=self._packer("image_encoder"),
        )

    def _vae_encoder(self, device: Device) -> vae.VAEEncoder:
        return vae.load_encoder(self.setup.files.vae, device=device.name, pack=self._packer("vae"))

    def _unet(self, device: Device) -> unet.UNet:
        plan = self.setup.plan
        return unet.load(
            self.setup.files.unet,
            device=device.name,
            dtype=device.dtype,
            storage_dtype=_kept_half(device) or (torch.float16 if plan.bits == 16 else None),
            pack=self._packer("unet"),
            streamed=plan.streamed,
        )

    def _vae_decoder(self, device: Device) -> vae.VAEDecoder:
        return vae.load_decoder(
            self.setup.files.vae,
            device=device.name,
            dtype=device.dtype,
            storage_dtype=_kept_half(device),
            pack=self._packer("vae"),
        )

    def _denoiser(self, whole: unet.UNet, device: Device) -> GuidedDenoiser[Branch]:
        settings = self.settings
        network = ReusingUNet(whole, self.sigmas, settings.reuse)
        return GuidedDenoiser(
            unet=network,
            image_latents=self.image_latents.to(device.name),
            added_time_ids=added_time_ids(settings.fps, settings.motion, settings.noise_aug),
            conditional=network.conditioning(self.image_embedding),
            unconditional=network.conditioning(torch.zeros_like(self.image_embedding)),
            guidance=linear_guidance(settings.guidance_min, settings.guidance_max, settings.frames),
            interval=None if settings.guidance_interval is None else Interval(*settings.guidance_interval),
        )

    @torch.inference_mode()
    def decode(self, device: Device) -> Iterator[Event]:
        """All frames of the last latents. Frames given out before an overflow are not given out again."""
        yield Stage("decode", self.settings.frames)
        with self._decoder(device) as decoder:
            for index, frame in enumerate(decoder.frames(self.state.latents)):
                if index < self.frames_done:
                    continue
                _check_finite(frame, say("frame {number}", number=index + 1))
                yield Frame(index, _to_pixels(frame))
                self.frames_done = index + 1
                yield Step(index + 1)

    @contextmanager
    def _decoder(self, device: Device) -> Iterator[tiny_decoder.TinyDecoder | vae.VAEDecoder]:
        files, plan = self.setup.files, self.setup.plan
        if self.settings.decoder == "tiny":
            if files.tiny_decoder is None:
                raise ValueError("The tiny decoder is to be fetched before the run.")
            yield tiny_decoder.load(files.tiny_decoder.weights, device=device.name, dtype=device.dtype)
            return
        with self._network("vae_decoder", device, partial(self._vae_decoder, device)) as decoder:
            decoder.work(plan.vae, (self.setup.scratch or Path(tempfile.gettempdir())) if plan.offload else None)
            yield decoder


def _kept_half(device: Device) -> torch.dtype | None:
    """What large weights are kept in where layers compute in a half type: that one, so that there is no second copy.

    They are rounded to it once, from what the file has.
    """
    return None if device.dtype == torch.float32 else device.dtype


def _less_exact(bits: int) -> str:
    return say(
        "Continuing with {bits}-bit weights to use less memory: the video comes out slightly different.",
        bits=str(bits),
    )


def _other_numbers(numbers: str) -> str:
    return say("This computer continues in {numbers}: the video comes out slightly different.", numbers=numbers)


def _check_finite(numbers: Tensor, what: str) -> None:
    if not bool(torch.isfinite(numbers).all()):
        raise NotFinite(
            say("The model's numbers overflowed while computing {what}, so there is no video.", what=what),
            TRY_OTHERS,
        )


def _to_pixels(frame: Tensor) -> Pixels:
    """(3, H, W) about [-1, 1] → (H, W, 3) of 0 to 255."""
    levels = ((frame.float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    pixels: Pixels = levels.permute(1, 2, 0).contiguous().cpu().numpy()
    return pixels
